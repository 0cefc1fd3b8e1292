import json
from pathlib import Path

import numpy as np
import pytest

from classifier.data import cut_crops, evaluation_data, targets, training_data
from classifier.models import MODELS, build, load, preset
from engine.backbones import BACKBONES
from engine.sampling import Sampler
from garments.landmarks import LANDMARKS, landmarks_of
from garments.types import Garments, Photo
from photos.reading import read_photo
from readers import read
from readers.ccp.landmarks import with_derived_landmarks
from samples.shallow import shallow

TASK = MODELS["landmarks"].task


@pytest.fixture(scope="module")
def table(ccp):
    return with_derived_landmarks(read(f"ccp:{ccp}"))


@pytest.fixture(scope="module")
def trained(ccp, tmp_path_factory):
    """A tiny regressor on a shallow backbone, trained and exported by the commands of the README."""
    from classifier import export, train

    out = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(BACKBONES, "resnet50", shallow)
        train.main(["--model", "landmarks", "--tiny", "--data", f"ccp:{ccp}", "--out", str(out)])
    export.main(["--run", str(out), "--out", str(out / "exported")])
    return out


def test_training_writes_the_distance_of_each_epoch(trained):
    lines = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1]
    assert all(0 < line["val_points_distance"] < 1 for line in lines)
    assert set(lines[0]["drawn"]) <= {"upper", "lower", "full"}


def test_a_view_keeps_each_landmark_on_its_spot_of_the_photo(table, tmp_path):
    config = preset("landmarks", size=64)
    crops = TASK.usable(cut_crops(table.in_splits("train"), config, tmp_path))
    _, truth, _ = next(iter(evaluation_data(crops, config, targets("landmarks", crops, config))))
    garment = crops.garments.iloc[0]
    box = garment[["x_min", "y_min", "x_max", "y_max"]].to_numpy(float)
    side = (box[2:] - box[:2]).max() * config.context
    corner = (box[:2] + box[2:]) / 2 - side / 2
    expected, labelled = landmarks_of(crops.garments)[0], truth["points"][0, :, 2].numpy() > 0
    assert labelled.any()
    assert np.allclose(truth["points"][0, :, :2].numpy()[labelled] * side + corner, expected[labelled, :2], atol=0.05)


def test_a_mirrored_view_swaps_left_and_right(table, tmp_path):
    config = preset("landmarks", size=64, jitter=0.0, batch=64)
    not_in_the_middle = table.keep(table.photos["photo"] == "0002")
    crops = TASK.usable(cut_crops(not_in_the_middle, config, tmp_path))
    sampler = Sampler(np.array(["one"]), "none", 64)
    views = training_data(crops, config, targets("landmarks", crops, config), sampler)
    inputs, truth, _ = next(iter(views))
    points = truth["points"].numpy()
    assert len(np.unique(inputs["place"][:, 0].numpy().round(3))) == 2  # mirrored or not
    left, right = LANDMARKS.index("left hem"), LANDMARKS.index("right hem")
    assert points[0, left, 2] and points[0, right, 2]
    assert (points[:, left, 0] < points[:, right, 0]).all()


def test_soft_argmax_is_the_centre_of_the_highest_cell():
    from classifier.layers import SoftArgmax

    maps = np.zeros((1, 4, 8, 2), np.float32)
    maps[0, 1, 6, 0] = maps[0, 3, 0, 1] = 100
    assert np.allclose(SoftArgmax()(maps), [[[6.5 / 8, 1.5 / 4], [0.5 / 8, 3.5 / 4]]])


@pytest.mark.parametrize("heat_maps", [True, False])
def test_both_outputs_are_points_and_probabilities(heat_maps):
    model = build("landmarks", preset("landmarks", size=64, heat_maps=heat_maps))
    assert model.output["points"].shape == (None, 8, 2) and model.output["visible"].shape == (None, 8)


def test_the_regressor_gives_points_in_pixels_of_the_photo(trained, table):
    regressor = load(trained / "exported")
    photos = [read_photo(Path(path)) for path in table.photos["path"].head(2)]
    boxes = np.array([[10, 20, 40, 70], [0, 0, 60, 90], [59, 89, 60, 90]], np.float32)  # the last is one pixel
    parts = np.array(["upper", "lower", "full"], object)
    garments = [Garments(boxes, np.ones(3, np.float32), parts), Garments.empty()]
    found, none = regressor([p for p, _ in photos], [x for _, x in photos], garments)
    assert found.landmarks.shape == (3, 8, 3) and none.landmarks.shape == (0, 8, 3)
    assert (found.landmarks[0, 4:6] == 0).all() and (found.landmarks[1, :4] == 0).all()
    assert set(found.landmarks[2, :, 2]) <= {1, 2} and np.isfinite(found.landmarks).all()
    assert (found.landmarks[..., :2] >= 0).all() and (found.landmarks[..., :2] <= [60, 90]).all()
    assert (np.abs(found.landmarks[0, [0, 6], :2] - [25, 45]) <= 35.1).all()  # inside the square around the box
    [alone] = regressor([photos[0][0]], [photos[0][1]], [garments[0][[1]]])
    assert np.allclose(alone.landmarks[0], found.landmarks[1], atol=0.5)
    blank = Photo(None, "blank", 60, 90)
    assert regressor([blank], [np.zeros((90, 60, 3), np.uint8)], [Garments.empty()])[0].landmarks.shape == (0, 8, 3)


def test_evaluation_writes_landmarks_that_a_report_reads(trained, ccp, tmp_path, capsys):
    from classifier import evaluate
    from garments.storage import load_table

    evaluate.main(["--model", str(trained / "exported"), "--data", f"ccp:{ccp}", "--out", str(tmp_path)])
    assert "NE" in capsys.readouterr().out
    truth, predicted = load_table(tmp_path / "truth"), load_table(tmp_path / "predicted")
    assert landmarks_of(predicted.garments).shape == landmarks_of(truth.garments).shape == (10, 8, 3)
    assert (landmarks_of(truth.garments)[..., 2] > 0).any()
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["NE_low"] <= figures["NE"] <= figures["NE_high"]
