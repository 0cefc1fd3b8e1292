"""The same command line trains from every data set that has what is needed.

Of each, the detector's command goes as far as the first batches, and the classifiers' commands train the heads on a
shallow network. Real networks are trained on all data sets at once.
"""

import re

import numpy as np
import pytest

from garments.types import BOX_COLUMNS
from readers import READERS, read
from samples.layouts import WRITERS, samples
from samples.shapes import labelmaps
from samples.single_garments import WITHOUT_BOXES

pytestmark = pytest.mark.usefixtures("without_graph_optimisation")
BOXES = sorted({"ccp", *WRITERS} - {"streetstyle"})  # those whose boxes hold garments


@pytest.fixture(scope="module")
def sources(tmp_path_factory, ccp):
    """{reader: NAME:PATH} of a small data set for each."""
    found = {"ccp": ccp}
    for name, write in {**WRITERS, **WITHOUT_BOXES, "labelmaps": labelmaps}.items():
        found[name] = tmp_path_factory.mktemp(name)
        write(found[name], samples())
    return {name: f"{name}:{path}" for name, path in found.items()}


def command(main, sources, out, *more):
    main([*(word for source in sources for word in ("--data", source)), "--out", str(out), *more])


def read_batches(seen):
    """What stands in for the Model Garden's trainer: it takes a batch to train on and one to evaluate on."""

    def run_experiment(task, params, **_):
        for data in (params.task.train_data, params.task.validation_data):
            seen.append(next(iter(task.build_inputs(data))))
        return None, {"AP": 0.0, "AP50": 0.0}

    return run_experiment


@pytest.mark.parametrize("name", BOXES)
def test_the_detector_is_given_every_box_of_every_data_set(name, sources, tmp_path, monkeypatch):
    import tensorflow as tf
    from official.core import train_lib

    from detector import train

    monkeypatch.setattr(train_lib, "run_experiment", read_batches(seen := []))
    command(train.main, [sources[name]], tmp_path, "--preset", "tiny", "--set", "composites=0")
    (images, labels), (_, truth) = seen
    assert images.shape == (2, 64, 64, 3) and np.isfinite(images).all()
    assert set(labels["gt_classes"].numpy().ravel()) <= {-1, *range(1, 22)}
    assert (truth["groundtruths"]["num_detections"].numpy() > 0).all()
    records = tf.data.TFRecordDataset([str(file) for file in sorted(tmp_path.glob("records/*.tfrecord"))])
    examples = [tf.train.Example.FromString(record.numpy()).features.feature for record in records]
    corners = [f"image/object/bbox/{side}" for side in ("xmin", "ymin", "xmax", "ymax")]
    written = [box for e in examples for box in zip(*(e[corner].float_list.value for corner in corners), strict=True)]
    table = read(sources[name]).in_splits("train")
    garments = table.garments.merge(table.photos[["photo", "width", "height"]], on="photo")
    true = garments[BOX_COLUMNS].to_numpy() / np.tile(garments[["width", "height"]].to_numpy(), 2)
    assert np.allclose(np.sort(written, 0), np.sort(true, 0), atol=0.02)  # photos are shrunk to whole pixels


def shallow(image, weights=None, norm_momentum=0.99):
    """As `engine.backbones.resnet50`, two layers deep, of the levels that are used."""
    import keras

    fine = keras.layers.Conv2D(4, 3, 16, "same", name="conv1_conv")(image)
    return {"4": fine, "5": keras.layers.Conv2D(8, 3, 2, "same")(fine)}


def crop_counts(output):
    """(crops to train on, crops held out), as the command prints them."""
    return map(int, re.search(r"(\d+) crops to train on, (\d+) held out", output).groups())


@pytest.mark.parametrize("model", ["img", "img+bbox"])
@pytest.mark.parametrize("name", READERS)
def test_the_classifiers_train_from_every_data_set(name, model, sources, tmp_path, monkeypatch, capsys):
    from classifier import train
    from engine.backbones import BACKBONES

    monkeypatch.setitem(BACKBONES, "resnet50", shallow)
    settings = ["--tiny", "--set", "epochs=1", "--set", "batch=2"]
    command(train.main, [sources[name]], tmp_path, "--model", model, *settings)
    trained, held = crop_counts(capsys.readouterr().out)
    known = read(sources[name]).in_splits("train").garments.query("category != ''")
    assert trained > 0 and held > 0 and trained + held <= len(known)
    assert (tmp_path / "metrics.jsonl").exists()


@pytest.mark.parametrize("name", ["streetstyle", *WITHOUT_BOXES])
def test_a_data_set_without_boxes_of_garments_is_refused_by_the_detector(name, sources, tmp_path, capsys):
    from detector import train

    with pytest.raises(SystemExit):
        command(train.main, [sources[name]], tmp_path, "--preset", "tiny")
    assert (
        "0 photos with boxes of a known part to train on, 0 with annotated boxes to hold out: give more"
        in capsys.readouterr().err
    )


def test_a_detector_trains_on_all_data_sets_at_once(sources, tmp_path, capsys):
    from detector import train

    steps = ["--set", "steps=24", "--set", "evaluate_every=24", "--set", "composites=0"]
    command(train.main, sources.values(), tmp_path, "--preset", "tiny", *steps)
    assert "held-out photos: AP 0." in capsys.readouterr().out and list((tmp_path / "best").glob("*.index"))


def test_a_classifier_trains_on_all_data_sets_at_once(sources, tmp_path, capsys):
    from classifier import train

    command(train.main, sources.values(), tmp_path, "--model", "img+bbox", "--tiny", "--set", "epochs=1")
    assert min(crop_counts(capsys.readouterr().out)) > 40 and (tmp_path / "best.keras").exists()
