"""An exported network: any size of photo, a folder of photos, an evaluation; with one that knows drawn shapes."""

import csv
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from samples.shapes import COLOURS, draw_shapes, export_by_colour, write_shapes
from segmenter.classes import UNKNOWN
from segmenter.colours import as_image, palette
from segmenter.evaluate import evaluate as evaluate_table
from segmenter.evaluate import main as evaluate
from segmenter.exported import Segmenter, in_parts, most_probable
from segmenter.predict import main as predict


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A network that says the class whose colour is nearest."""
    return export_by_colour(tmp_path_factory.mktemp("model") / "segmenter")


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (100, 37), (31, 200), (6000, 4000)])
def test_a_photo_of_any_size_has_a_class_for_each_pixel(model, size):
    width, height = size
    pixels = np.full((height, width, 3), COLOURS[2], np.uint8)
    found = Segmenter.load(model)(pixels)
    assert found.shape == (height, width)
    assert found.dtype == np.uint8
    assert (found == 2).all()


def test_padding_is_cut_back(model):
    pixels, truth = draw_shapes(3, (200, 150))
    found = Segmenter.load(model)(pixels)
    assert (found == truth).mean() > 0.93


def test_the_most_probable_class_survives_however_low_its_probability():
    p = np.full((2, 2, 10), 0.095, np.float32)
    p[..., 7] = 0.145
    assert (most_probable(p, (5, 5)) == 7).all()


def test_parts_are_sums_of_categories():
    p, names = in_parts(np.array([0.1, 0.2, 0.3, 0.4]), ("background", "skirt", "jeans", "tee"))
    assert names == ("background", "lower", "upper")
    np.testing.assert_allclose(p, [0.1, 0.5, 0.4])


def test_colours_of_classes_differ_and_do_not_depend_on_the_others():
    from segmenter.classes import ORDER

    colours = palette(ORDER)
    assert len(np.unique(colours, axis=0)) == len(ORDER)
    np.testing.assert_array_equal(palette(("background", "tee")), colours[[0, ORDER.index("tee")]])
    image = as_image(np.array([[0, 1]], np.uint8), ("background", "tee"))
    np.testing.assert_array_equal(np.asarray(image.convert("RGB"))[0, 1], colours[ORDER.index("tee")])


def rows(file: Path) -> list[dict]:
    with open(file, newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_folder_is_segmented_and_goes_on_where_it_stopped(model, tmp_path, capsys):
    folder, out = tmp_path / "photos", tmp_path / "out"
    (folder / "sub").mkdir(parents=True)
    for name, seed in (("a.png", 1), ("sub/a.png", 2)):
        Image.fromarray(draw_shapes(seed, (90, 120))[0]).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"no photo")
    command = ["--model", str(model), str(folder), "--out", str(out)]
    assert predict(command) == 1
    shares = rows(out / "classes.csv")
    assert {row["photo"] for row in shares} == {"a.png", "sub/a.png"}
    assert sum(int(row["pixels"]) for row in shares if row["photo"] == "a.png") == 90 * 120
    assert [row["file"] for row in rows(out / "problems.csv")] == ["broken.jpg"]
    with Image.open(out / "maps" / "sub" / "a.png.png") as image:
        assert (image.mode, image.size) == ("P", (90, 120))
    first = (out / "classes.csv").read_bytes()
    drawn = (out / "overlays" / "a.png.jpg").stat().st_mtime_ns
    log = out / ".done.jsonl"
    log.write_bytes(log.read_bytes()[:-20])  # killed as it wrote the last line
    assert predict(command) == 1
    assert (out / "classes.csv").read_bytes() == first
    assert (out / "overlays" / "a.png.jpg").stat().st_mtime_ns == drawn
    with pytest.raises(SystemExit):
        predict(["--model", str(model), str(folder / "sub"), "--out", str(out)])
    assert "--fresh" in capsys.readouterr().err


def test_evaluation_prints_and_writes_the_figures_beside_the_baseline(model, tmp_path, capsys):
    root = write_shapes(tmp_path / "shapes", photos=1, val=4)
    evaluate(["--model", str(model), "--data", f"labelmaps:{root}", "--out", str(tmp_path / "out")])
    figures = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert figures["categories: mean IoU"] > 0.8 > figures["background everywhere: categories: mean IoU"]
    assert figures["categories: mean IoU_low"] <= figures["categories: mean IoU"]
    assert figures["parts: foreground accuracy"] > 0.8
    assert figures["background everywhere: parts: foreground accuracy"] == 0
    classes = {row["class"]: row for row in rows(tmp_path / "out" / "parts.csv")}
    assert set(classes) == {"background", "lower", "upper", "bag"}
    assert "background everywhere" in capsys.readouterr().out


def test_a_label_map_that_cannot_be_used_costs_its_photo_alone(model, tmp_path):
    from readers import read_all

    root = write_shapes(tmp_path / "shapes", photos=1, val=4)
    table = read_all([f"labelmaps:{root}"]).in_splits("val")
    damaged, small, *_ = table.photos["label_map"]
    Path(damaged).write_bytes(b"no picture")
    Image.new("L", (9, 9)).save(small)
    scored, problems = evaluate_table(Segmenter.load(model), table)
    assert len(scored["categories"].photos) == 2
    assert damaged in problems[0]["reason"] and "(9, 9)" in problems[1]["reason"] and all(p["remedy"] for p in problems)


def test_a_trained_network_is_exported_as_it_is(tmp_path):
    from dataclasses import asdict, replace

    from segmenter.config import TINY, SegmenterConfig
    from segmenter.export import main as export
    from segmenter.networks import build

    config = replace(SegmenterConfig(model="fcn"), **TINY, classes=("background", "a", "b"))
    network = build(config)
    (tmp_path / "run").mkdir()
    network.save(tmp_path / "run" / "best.keras")
    (tmp_path / "run" / "config.json").write_text(json.dumps(asdict(config)))
    export(["--run", str(tmp_path / "run"), "--out", str(tmp_path / "model")])
    pixels = draw_shapes(0, (64, 64))[0]
    found = Segmenter.load(tmp_path / "model").probabilities(pixels)
    expected = keras.ops.softmax(network({"image": pixels[None].astype(np.float32)}, training=False)["classes"])[0]
    np.testing.assert_allclose(found, expected, atol=0.01)  # its weights have half precision
    assert found.shape[-1] <= UNKNOWN
