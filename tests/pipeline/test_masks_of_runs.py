"""Masks in what a run and the API give, with models that find diamonds."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from garments import load
from garments.masks import contours, decode, encode, paste
from photos.drawing import at_scale
from pipeline import looks
from pipeline.cli import main
from pipeline.journal import CannotRun
from pipeline.records import CONTOURS
from pipeline.run import Options, run
from samples.doubles import contents, rows
from samples.tiny import write_photos


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return write_photos(tmp_path_factory.mktemp("photos"), 6)


@pytest.fixture(scope="module")
def out(tiny, photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    assert main([str(photos), "--out", str(out), "--models", str(tiny), "--min-score", "0", "--cutouts"]) == 0
    return out


def annotations(out):
    return json.loads((out / "detections.json").read_text(encoding="utf-8"))["annotations"]


def test_detections_hold_run_lengths_of_the_photo(out):
    found = annotations(out)
    assert found
    for annotation in found:
        mask = decode(annotation["segmentation"])
        x, y, width, height = annotation["bbox"]
        assert mask.shape == (240, 160) and mask.sum() == annotation["area"]
        assert mask.sum() == pytest.approx(width * height / 2, rel=0.1)  # a diamond
        rows, columns = np.nonzero(mask)
        assert [columns.min(), rows.min()] == pytest.approx([x, y], abs=max(width, height) / 28 + 1)


def test_pycocotools_reads_the_masks(out):
    from pycocotools.coco import COCO

    coco = COCO(str(out / "detections.json"))
    first = coco.dataset["annotations"][0]
    assert coco.annToMask(first).sum() == first["area"]


def test_each_garment_has_a_transparent_cutout(out):
    garments = rows(out / "garments.csv")
    assert len(list((out / "cutouts").rglob("*.png"))) == len(garments) > 0
    for row in garments:
        image = Image.open(out / "cutouts" / row["photo"] / f"{row['garment']}.png")
        width, height = float(row["x_max"]) - float(row["x_min"]), float(row["y_max"]) - float(row["y_min"])
        assert image.mode == "RGBA" and image.size == pytest.approx((width, height), abs=1.1)
        alpha = np.asarray(image)[..., 3]
        assert set(np.unique(alpha)) == {0, 255} and alpha[0, 0] == 0 and alpha[image.height // 2, image.width // 2]


def test_the_csv_has_no_masks_and_the_page_has_contours(out):
    assert "segmentation" not in rows(out / "garments.csv")[0]
    text = (out / "page" / "photos-0.js").read_text(encoding="utf-8")
    *_, first = json.loads(text[text.index("[") : text.rindex("]") + 1])[0]
    box, *_, outlines = first[0]
    x, y = np.array(outlines[0]).reshape(-1, 2).T
    assert 8 <= len(x) <= 160 and box[0] - 1 <= x.min() and x.max() <= box[2] + 1 and y.max() <= box[3] + 1


def test_without_masks_nothing_else_changes(tiny, photos, out, tmp_path):
    run(photos, tmp_path, Options(tiny, min_score=0, masks=False, pictures=False))
    assert not any("segmentation" in annotation for annotation in annotations(tmp_path))
    plain, whole = rows(tmp_path / "garments.csv"), rows(out / "garments.csv")
    assert plain == [row | dict.fromkeys(looks.COLUMNS, "") for row in whole]


def test_a_resumed_run_has_the_same_bytes(tiny, photos, out, tmp_path):
    options = Options(tiny, min_score=0, cutouts=True)
    run(photos, tmp_path, replace(options, limit=2))
    run(photos, tmp_path, options)
    whole, resumed = contents(out), contents(tmp_path)
    assert set(whole) == set(resumed)
    assert whole["cutouts/photo-000003.jpg/0.png"] == resumed["cutouts/photo-000003.jpg/0.png"]


def test_cutouts_of_a_photo_that_is_gone_are_removed(tiny, tmp_path):
    photos = write_photos(tmp_path / "photos", 2)
    options = Options(tiny, min_score=0, cutouts=True, pictures=False)
    run(photos, tmp_path / "out", options)
    (photos / "photo-000000.jpg").unlink()
    run(photos, tmp_path / "out", options)
    assert [path.name for path in (tmp_path / "out" / "cutouts").iterdir()] == ["photo-000001.jpg"]


@pytest.mark.parametrize("masks", [True, False])
def test_cutouts_without_masks_are_refused(tiny, photos, tmp_path, masks, monkeypatch):
    if masks:
        monkeypatch.setattr("pipeline.model_folders.ModelFolders.has_masks", lambda self: False)
    with pytest.raises(CannotRun, match="--cutouts needs outlines"):
        run(photos, tmp_path / "out", Options(tiny, masks=masks, cutouts=True))


def test_the_api_gives_masks_and_draws_them(tiny, photos):
    found = load(tiny, min_score=0)(str(photos / "photo-000000.jpg"))
    assert len(found.masks) == len(found) > 0 and found.box_masks is None
    plain = replace(found, masks=None)
    changed = (np.asarray(found.plot()) != np.asarray(plain.plot())).any(-1)
    assert changed.any() and not (changed & ~np.logical_or.reduce(list(at_scale(found.masks, changed)))).any()


def test_a_mask_is_pasted_into_its_box():
    cells = np.zeros((2, 28, 28), np.uint8)
    cells[0, :, :14], cells[1] = 255, 255
    left, whole = paste(cells, np.array([[10, 20, 50, 40], [0, 0, 0.3, 0.2]], np.float32), 60, 80)
    expected = np.zeros((60, 80), bool)
    expected[20:40, 10:30] = True
    assert np.array_equal(decode(left), expected)
    assert decode(whole).sum() == 1  # a box under a pixel


def test_contours_of_large_masks_are_in_pixels_of_the_photo():
    mask = np.zeros((3000, 2000), bool)
    mask[900:2100, 600:1200] = True
    [points] = contours(encode(mask))
    assert np.array(points).reshape(-1, 2).min(0) == pytest.approx([600, 900], abs=3)
    assert np.array(points).reshape(-1, 2).max(0) == pytest.approx([1200, 2100], abs=6)
    assert contours(encode(np.zeros((30, 20), bool))) == []


def test_a_mask_of_one_pixel_and_one_with_a_hole_have_contours():
    mask = np.zeros((30, 20), bool)
    mask[4, 5] = True
    assert len(contours(encode(mask))) == 1
    mask[2:20, 2:18], mask[8:12, 8:12] = True, False
    assert len(contours(encode(mask))) == 2


def test_records_are_plain_values(tiny, photos):
    from pipeline.batch import analyse_batch
    from pipeline.models import Pipeline
    from pipeline.reading import read_file

    record = analyse_batch(Pipeline.load(tiny, 0), [read_file("photo-000000.jpg", photos)])[0]
    assert json.loads(json.dumps(record)) == record and record["rows"][0][CONTOURS]
