"""Writes the layouts of the data sets without boxes, as in `samples.layouts`: photos of one garment each."""

from pathlib import Path

from samples.layouts import Sample, photo, text


def clothing(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """The clothing data set, which has no boxes; returns the photos."""
    labels = ("T-Shirt", "Pants", "Dress")
    rows = [f"photo-{s.number},{s.number},{labels[s.kind]},False,{s.split}" for s in found]
    text(root / "images.csv", ["image,sender_id,label,kids,split", *rows], end)
    jeans = [f"photo-{s.number},Pants,jeans,1" for s in found if s.kind == 1]
    text(root / "by_eye.csv", ["image,label,category,sure", *jeans], end)
    return [photo(root / f"images/photo-{s.number}.jpg", s) for s in found]


def products(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """The shop's product photos, which have no boxes; returns the photos."""
    labels = ("Tshirts", "Jeans", "Dresses")
    rows = [f"{s.number},{labels[s.kind]},Women,Black,Casual,{s.number:04d},{s.split}" for s in found]
    text(root / "images.csv", ["image,label,gender,colour,usage,item,split", *rows], end)
    return [photo(root / f"images/{s.number}.jpg", s) for s in found]


WITHOUT_BOXES = {"clothing": clothing, "products": products}
