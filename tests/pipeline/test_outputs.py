"""Outputs of odd names and of many photos."""

import json
import subprocess
import sys

import pandas as pd
from PIL import Image

from pipeline.cli import main
from pipeline.page import PER_FILE
from pipeline.pictures import picture_name, thumbnail_name
from pipeline.run import Options, run
from pipeline.writers import finish
from samples.doubles import contents, rows


def test_names_that_a_spreadsheet_would_run_are_still_paths(models, tmp_path, shared):
    names = ["=1+1.jpg", "+a.jpg", "-b.jpg", "@c.jpg", "\td.jpg", 'q"uo,te\n.jpg']
    (tmp_path / "photos").mkdir()
    for name in names:
        Image.new("RGB", (30, 40), "red").save(tmp_path / "photos" / name)
    run(tmp_path / "photos", tmp_path / "out", Options(tmp_path))
    found = [row["photo"] for row in rows(tmp_path / "out/photos.csv")]
    assert sorted(found) == sorted("./" + name for name in names[:5]) + names[5:]
    assert all((tmp_path / "photos" / name).exists() for name in found)
    assert (tmp_path / "out/pictures/=1+1.jpg").exists()
    data = json.loads((tmp_path / "out/detections.json").read_text(encoding="utf-8"))
    assert {image["file_name"] for image in data["images"]} == set(found)
    check = [sys.executable, str(shared / "check_outputs.py"), str(tmp_path / "photos"), str(tmp_path / "out")]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_each_file_has_its_own_picture_and_thumbnail():
    names = [
        "a.jpg",
        "a",
        "a.png",
        "a.png.jpg",
        "a.JPG",
        "a.jpg.png",
        "b/a.jpg",
        "a.txt",
        "a.png.jpg.jpg",
        "x" * 251 + ".gif",
    ]
    pictures = [picture_name(name) for name in names]
    assert len(set(pictures)) == len({thumbnail_name(name) for name in names}) == len(names)
    assert pictures[0] == "pictures/a.jpg" and pictures[2] == "pictures/a.png.jpg"


def test_names_as_long_as_can_be_have_pictures(models, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in ("x" * 251 + ".png", "y" * 251 + ".jpg", "z" * 255):
        Image.new("RGB", (30, 40), "red").save(tmp_path / "photos" / name, "PNG")
    assert run(tmp_path / "photos", tmp_path / "out", Options(tmp_path)).photos == 3
    assert len([p for p in (tmp_path / "out/pictures").iterdir() if Image.open(p).size == (360, 480)]) == 3


def record(number: int) -> dict:
    """A record as `pipeline.records` makes them, of a photo with one or two garments."""
    shared = dict(part="upper", part_score=0.5, x_min=1.0, y_min=2.0, x_max=9.5, y_max=8.0, category="tee")
    named = dict(category_score=0.7, img_category="top", img_category_score=0.6)
    row = dict(**shared, **named, img_bbox_category="tee", img_bbox_category_score=0.7)
    found = [dict(garment=n, **row) for n in range(1 + number % 2)]
    return {"photo": f"{number:05d}.jpg", "width": 10, "height": 20, "rows": found}


def test_the_page_is_in_pieces_and_old_pieces_go(tmp_path):
    out = tmp_path / "out"
    (out / ".journal").mkdir(parents=True)
    for photos in (PER_FILE * 2 + 1, PER_FILE):
        summary = finish(out, lambda photos=photos: map(record, range(photos)))
        assert (summary.photos, summary.garments) == (photos, photos + photos // 2)
        pieces = [name for name in contents(out) if name.startswith("page/photos-")]
        assert len(pieces) == -(-photos // PER_FILE)
        index = (out / "page/index.js").read_text(encoding="utf-8")
        lines = json.loads(index.removeprefix("garments.index(").removesuffix(",\n]);\n") + "]")
        assert len(lines) == photos and lines[1] == ["00001.jpg", *[0, 0, 0.5, 0.7, 0, 0] * 2]
        piece = (out / "page/photos-0.js").read_text(encoding="utf-8")
        details = json.loads(piece.removeprefix("garments.photos(0, ").removesuffix(");\n"))
        assert details[0] == [thumbnail_name("00000.jpg"), 10, 20, [[[1, 2, 9.5, 8], [[1, 0.6], [0, 0.7]], [], []]]]


def test_parquet_holds_what_the_csv_holds(models, folder, tmp_path):
    command = [str(folder), "--out", str(tmp_path / "out"), "--models", str(tmp_path)]
    assert main(command) == 1 and not (tmp_path / "out/garments.parquet").exists()
    assert main([*command, "--parquet"]) == 1
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "out/garments.parquet"),
        pd.read_csv(tmp_path / "out/garments.csv"),
        check_dtype=False,
    )
