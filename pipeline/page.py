"""The page: one HTML file and a folder of small photos. It works offline, from disk, with thousands of photos."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from garments.coco import KEYPOINTS
from garments.draw import COLOURS
from garments.types import BOX_COLUMNS, Photo
from garments.vocabulary import CATEGORIES

THUMBNAIL_SIDE = 560
TEMPLATE = Path(__file__).with_name("page.html")


class Page:
    """Collects photos; `write` makes index.html. Boxes are drawn, and crops cut, by the browser."""

    def __init__(self, out: Path):
        self._out, self._photos = out, []

    def add(self, photo: Photo, pixels: np.ndarray, rows: list[dict]) -> None:
        """A photo with the rows of its garments, as in garments.csv."""
        name = f"thumbnails/{len(self._photos):06d}.jpg"
        path = self._out / name
        path.parent.mkdir(exist_ok=True)
        image = Image.fromarray(pixels)
        image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
        image.save(path, quality=82)
        garments = [
            {
                "box": [row[name] for name in BOX_COLUMNS],
                "part": row["part"],
                "score": row["part_score"],
                "names": [[row[f"{c}_category"], row[f"{c}_category_score"]] for c in ("img", "img_bbox")],
                "category": row["category"],
                "sure": row["category_score"],
                "points": [[row[f"{n}_x"], row[f"{n}_y"]] for n in KEYPOINTS["keypoints"] if row.get(f"{n}_visible")],
            }
            for row in rows
        ]
        size = [photo.width, photo.height]
        self._photos.append({"photo": photo.id, "thumbnail": name, "size": size, "garments": garments})

    def write(self) -> None:
        """Write index.html. Names of files reach the page as data, never as HTML."""
        colours = {part: f"rgb{colour}" for part, colour in COLOURS.items()}
        data = {"photos": self._photos, "categories": CATEGORIES, "colours": colours}
        text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
        page = TEMPLATE.read_text(encoding="utf-8").replace("{{data}}", text, 1)
        (self._out / "index.html").write_text(page, encoding="utf-8")
