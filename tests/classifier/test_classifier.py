import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from classifier.config import TINY
from classifier.data import cut_crops, evaluation_data, targets, training_data
from classifier.models import build, load, preset
from classifier.predict import Classifier
from classifier.train import train
from engine.sampling import Sampler
from garments.types import BOX_COLUMNS, Garments, Photo, Table
from garments.vocabulary import CATEGORIES
from photos.reading import read_photo
from readers import read, read_all

pytestmark = pytest.mark.usefixtures("without_graph_optimisation")


@pytest.fixture(scope="module")
def table(ccp, clothing) -> Table:
    return read_all([f"ccp:{ccp}", f"clothing:{clothing}"]).in_splits("train")


@pytest.fixture(scope="module")
def crops(table, tmp_path_factory):
    return cut_crops(table, preset("img+bbox", size=64), tmp_path_factory.mktemp("crops"))


@pytest.fixture(scope="module")
def trained(ccp, clothing, tmp_path_factory):
    """A tiny img+bbox, trained and exported by the commands of the README."""
    from classifier import export, train

    out = tmp_path_factory.mktemp("run")
    sources = ["--data", f"ccp:{ccp}", "--data", f"clothing:{clothing}"]
    train.main(["--model", "img+bbox", "--tiny", *sources, "--out", str(out)])
    export.main(["--run", str(out), "--out", str(out / "exported")])
    return out


def test_evaluation_prints_figures_beside_the_baseline(trained, ccp, capsys):
    from classifier import evaluate

    evaluate.main(["--model", str(trained / "exported"), "--data", f"ccp:{ccp}"])
    output = capsys.readouterr().out
    assert "6 photos, 10 garments, 0 unreadable" in output and "\nverdict: " in output
    names = ("accuracy", "macro-F1", "majority", "margin", "most predicted", "dress")
    assert all(f"\n{name} " in output for name in names)


def test_crops_hold_the_box_the_labels_and_what_is_allowed(crops, table):
    assert len(crops) == len(table.garments)
    first = crops.garments.iloc[0]
    assert first["photo"] == "ccp/0001" and crops.weights[0] == 1
    sizes = (crops.boxes[:, 2:] - crops.boxes[:, :2]).max(1)
    assert np.allclose(sizes, 1 / crops.cutting.context, atol=1e-4)
    for label, categories in (("Outwear", {"jacket", "coat"}), ("Polo", {"tee", "shirt"})):
        allowed = crops.allowed[list(crops.labels).index(label)]
        assert {CATEGORIES[n] for n in np.flatnonzero(allowed)} == categories


def test_crops_without_a_category_can_be_left_out(crops):
    assert len(crops.with_category()) == len(crops)
    allowed = crops.allowed.copy()
    allowed[3] = 0
    assert len(replace(crops, allowed=allowed).with_category()) == len(crops) - 1


@pytest.mark.parametrize("name, size", [("img", 160), ("img", 224), ("img+bbox", 160), ("landmarks", 128)])
def test_the_plain_view_is_the_crop_of_the_pipeline(name, size, ccp, tmp_path):
    table, config = read(f"ccp:{ccp}").in_splits("val"), preset(name, size=size)
    crops = cut_crops(table, config, tmp_path)
    inputs, _, _ = next(iter(evaluation_data(crops, config, targets(name, crops, config, CATEGORIES))))
    settings = dict(name=name, size=size, context=config.context, hide_surroundings=config.hide_surroundings)
    model = Classifier(None, settings)
    paths = table.photos.set_index("photo")["path"]
    for n, garment in crops.garments.iterrows():
        photo, pixels = read_photo(Path(paths[garment["photo"]]))
        crop, place = model.view(photo, pixels, garment[BOX_COLUMNS].to_numpy(np.float32))
        assert np.abs(inputs["image"][n].numpy() - crop).mean() < 2  # of 255: JPEG, half a pixel at edges
        assert not config.box_input or np.allclose(inputs["place"][n], place, atol=1e-3)


def test_a_random_view_moves_box_place_and_pixels_together(crops):
    config = preset("img+bbox", size=64, batch=16)
    sampler = Sampler(crops.labels, "sqrt", 32)
    inputs, truth, _ = next(iter(training_data(crops, config, targets("img+bbox", crops, config, CATEGORIES), sampler)))
    box, place = truth["box"].numpy(), inputs["place"].numpy()
    assert np.abs(box - place[:, 4:]).max() < 0.5 and (np.abs(box - place[:, 4:]) > 1e-3).any()
    assert (place[:, 2:4] > 0).all() and (box[:, 2:] > box[:, :2]).all()


def test_with_both_switches_off_img_bbox_is_img():
    config = preset("img+bbox", size=32, box_input=False, box_weight=0.0)
    bare, img = build("img+bbox", config), build("img", config)
    assert [w.shape for w in bare.weights] == [w.shape for w in img.weights]
    assert list(bare.input) == ["image"] and list(bare.output) == ["category"]
    assert set(build("img+bbox", preset("img+bbox", size=32)).output) == {"category", "box"}
    taught = build("img+bbox", preset("img+bbox", size=32, pixel_weight=1.0))
    assert set(taught.output) == {"category", "box", "pixels"} and taught.output["pixels"].shape[1:] == (2, 2, 64)


def test_box_pooling_is_the_mean_inside_the_box():
    from classifier.layers import BoxPooling

    features = np.random.default_rng(0).normal(size=(1, 4, 4, 3)).astype(np.float32)
    pooled = np.array(BoxPooling()(features, np.array([[0.25, 0.5, 0.75, 1.0]], np.float32)))
    assert np.allclose(pooled[0], features[0, 2:, 1:3].mean((0, 1)), atol=1e-5)
    outside = np.array(BoxPooling()(features, np.array([[2, 2, 3, 3]], np.float32)))
    assert np.isfinite(outside).all() and np.allclose(outside, 0)


def test_training_resumes_and_refuses_other_settings(trained, table):
    lines = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1] and "val_category_macro_f1" in lines[0]
    assert sum(lines[0]["drawn"].values()) % 4 == 0 and "ccp dress" in lines[0]["drawn"]
    again = train("img+bbox", preset("img+bbox", **TINY), table, trained)
    assert again.epoch == []
    with pytest.raises(ValueError, match="epochs=2; to train longer"):
        train("img+bbox", preset("img+bbox", **{**TINY, "epochs": 3}), table, trained)
    with pytest.raises(ValueError, match=r"size \(there 32, now 64\)"):
        train("img+bbox", preset("img+bbox", **{**TINY, "size": 64}), table, trained)
    with pytest.raises(ValueError, match=r"data \(there "):
        train("img+bbox", preset("img+bbox", **TINY), table.keep(table.photos.index > 0), trained)


def test_ctrl_c_ends_a_training_with_one_line_and_it_resumes(ccp, tmp_path):
    given = [sys.executable, "-m", "classifier.train", "--model", "img", "--tiny", "--data", f"ccp:{ccp}"]
    given += ["--set", "epochs=1000", "--out", str(tmp_path)]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whatever these tests were started by
    process = subprocess.Popen(given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
    while process.poll() is None and not (tmp_path / "metrics.jsonl").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    printed = process.communicate()[1]
    assert process.returncode == 130 and "stopped; " in printed and "Traceback" not in printed
    assert json.loads((tmp_path / "config.json").read_text())["epochs"] == 1000


def test_a_refused_training_can_be_corrected_and_repeated(table, tmp_path):
    with pytest.raises(ValueError, match="no photo has klied"):
        train("img", preset("img", **TINY, categories=("klied", "tee")), table, tmp_path)
    own = Table(table.photos, table.garments.assign(category="", label="kimono"), table.problems)
    with pytest.raises(ValueError, match="0 garments to train on"):
        train("img", preset("img", **TINY), own, tmp_path)
    assert not (tmp_path / "config.json").exists()


def test_a_pretrained_backbone_starts_the_classifiers(table, tmp_path):
    import keras

    train("pretrain", preset("pretrain", **{**TINY, "epochs": 1}), table, tmp_path)
    model = build("img", preset("img", **TINY), tmp_path / "best.keras")
    expected = keras.saving.load_model(tmp_path / "best.keras", compile=False).get_layer("resnet50").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(model.get_layer("resnet50").get_weights(), expected, strict=True))
    assert model.get_layer("category").weights[0].shape == (2048, 18)  # its own, not the pre-training's


def test_an_exported_classifier_can_be_trained_on(trained, tmp_path):
    import keras

    model = build("img+bbox", preset("img+bbox", **TINY), trained / "exported")
    expected = keras.saving.load_model(trained / "best.keras", compile=False).get_weights()
    assert all(np.allclose(a, b, rtol=1e-3, atol=1e-6) for a, b in zip(model.get_weights(), expected, strict=True))
    with pytest.raises(FileNotFoundError, match="no model in"):
        build("img", preset("img", **TINY), tmp_path)


def test_a_classifier_exported_with_mirror_says_the_same_of_a_crop_and_its_mirror_image(trained, tmp_path):
    from classifier import export
    from engine.load import load as load_function
    from photos.crops import geometry

    export.main(["--run", str(trained), "--out", str(tmp_path), "--mirror"])
    mirroring, plain = load_function(tmp_path), load_function(trained / "exported")
    crop = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
    place = geometry(np.array([20.0, 5, 50, 95]), np.array([10.0, 0, 110, 100]), (200, 100))[None]
    other = geometry(np.array([150.0, 5, 180, 95]), np.array([90.0, 0, 190, 100]), (200, 100))[None]
    one, two = (run(image=crop, place=place)["category"] for run in (mirroring, plain))
    assert np.allclose(mirroring(image=crop[:, :, ::-1], place=other)["category"], one, atol=1e-5)
    assert np.allclose((two + plain(image=crop[:, :, ::-1], place=other)["category"]) / 2, one, atol=1e-5)


def test_an_exported_classifier_equals_the_trained_one_and_batches_equal_single_crops(trained, ccp):
    import keras

    classifier = load(trained / "exported")
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (90, 60, 3), dtype=np.uint8)
    photo = Photo(None, "a", 60, 90)
    boxes = np.array([[5, 5, 30, 40], [20, 30, 60, 90], [-3, 0, 4, 4]], np.float32)
    garments = Garments(boxes, np.ones(3, np.float32), np.array(["upper", "lower", "full"], object))
    found = classifier([photo, photo], [pixels, pixels], [garments, Garments.empty()])
    probabilities = found[0].categories["img+bbox"]
    assert probabilities.shape == (3, 18) and np.allclose(probabilities.sum(1), 1, atol=1e-2)
    assert found[1].categories["img+bbox"].shape == (0, 18)
    views = [classifier.view(photo, pixels, box) for box in boxes]
    assert np.allclose(np.concatenate([classifier.run([v])["category"] for v in views]), probabilities, atol=2e-2)
    model = keras.saving.load_model(trained / "best.keras", compile=False)
    images, places = (np.stack(column) for column in zip(*views, strict=True))
    full = np.array(model({"image": images.astype(np.float32), "place": places})["category"])
    assert np.allclose(full, probabilities, atol=2e-2)
