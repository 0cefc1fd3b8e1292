"""Data sets of photos of one garment each: `clothing` with what was seen by eye, and `products`."""

import pytest

from readers import read
from samples.layouts import samples, text
from samples.single_garments import clothing, products


def read_by_eye(root, labels, lines):
    """The clothing data set of these labels with these lines of by_eye.csv."""
    clothing(root, samples(len(labels)))
    rows = [f"photo-{n},{n},{label},False,train" for n, label in enumerate(labels, start=1)]
    text(root / "images.csv", ["image,sender_id,label,kids,split", *rows])
    text(root / "by_eye.csv", ["image,label,category,sure", *lines])
    return read(f"clothing:{root}")


@pytest.mark.parametrize(
    "label, category, sure, part, meaning",
    [
        ("Longsleeve", "hoodie", 1, "upper", "hoodie"),
        ("Longsleeve", "dress", 1, "full", "dress"),
        ("Longsleeve", "hoodie", 0, "upper", "hoodie|tee|sweater"),
        ("Longsleeve", "sweater", 0, "upper", "sweater|tee"),
        ("Longsleeve", "dress", 0, "", "dress|tee|sweater"),
        ("Outwear", "vest", 1, "upper", "vest"),
        ("Body", "", 1, "full", ""),
        ("Body", "", 0, "full", ""),
        ("Not sure", "tank", 1, "upper", "tank"),
        ("Not sure", "coat", 0, "full", "coat"),
        ("Other", "romper", 1, "full", "romper"),
    ],
)
def test_labels_by_eye_override_the_label(tmp_path, label, category, sure, part, meaning):
    table = read_by_eye(tmp_path, [label], [f"photo-1,{label},{category},{sure}"])
    assert table.garments[["label", "part", "category"]].to_numpy().tolist() == [[label, part, meaning]]


def test_a_useless_label_has_no_garment_unless_labelled_by_eye(tmp_path):
    table = read_by_eye(tmp_path, ["Other", "Not sure"], ["photo-1,Other,,1"])
    assert len(table.photos) == 2 and table.garments.empty


def test_photos_not_labelled_by_eye_keep_their_label(tmp_path):
    table = read_by_eye(tmp_path, ["Longsleeve", "Dress"], ["photo-1,Longsleeve,tee,1"])
    assert list(table.garments["category"]) == ["tee", "dress"]


@pytest.mark.parametrize(
    "line, reason",
    [("photo-9,Top,tee,1", "not listed"), ("photo-1,Top,frock,1", "category"), ("photo-1,Top,tee,x", "sure")],
)
def test_an_invalid_line_of_by_eye_is_reported_and_the_label_kept(tmp_path, line, reason):
    table = read_by_eye(tmp_path, ["Top"], [line])
    assert list(table.problems["file"]) == ["by_eye.csv:2"] and reason in table.problems["reason"][0]
    assert list(table.garments["category"]) == ["top"]


@pytest.mark.parametrize(
    "name, columns", [("clothing", "image, category and sure"), ("products", "image, label, gender")]
)
def test_columns_that_are_missing_are_named(tmp_path, name, columns):
    clothing(tmp_path, samples(1))
    text(tmp_path / ("by_eye.csv" if name == "clothing" else "images.csv"), ["image,split", "photo-1,train"])
    with pytest.raises(ValueError, match=columns):
        read(f"{name}:{tmp_path}")


def test_products_have_items_attributes_and_a_group_an_item(tmp_path):
    products(tmp_path, samples(2))
    rows = ["1,Tshirts,Men,Navy Blue,Casual,0007,train", "2,Tshirts,Men,Red,,0007,train"]
    text(tmp_path / "images.csv", ["image,label,gender,colour,usage,item,split", *rows])
    table = read(f"products:{tmp_path}")
    assert list(table.garments["item"]) == ["0007", "0007"]
    assert list(table.garments["attributes"]) == ["gender Men|colour Navy Blue|usage Casual", "gender Men|colour Red"]
    assert list(table.photos["group"]) == ["item 0007", "item 0007"]
    assert list(table.photos["source"]) == ["shop", "shop"]


def test_the_real_products_and_clothing_labelled_by_eye(shared):
    products = read(f"products:{shared}/data/products")
    assert products.problems.empty and len(products.photos) == 7640
    assert products.garments["category"].eq("jeans").sum() == 589
    clothing = read(f"clothing:{shared}/data/clothing").garments
    assert clothing.query("label == 'Longsleeve'")["category"].eq("sweater").sum() == 219
