"""The parts of a Match R-CNN: features of boxes, scores of pairs, and what training does to them."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from engine.optimizer import warmed_up_adamw
from garments.types import Garments, Photo
from retriever.config import MEASURE
from retriever.match.config import MatchConfig
from retriever.match.data import training_data
from retriever.match.features import RoiFeatures, network_inputs, roi_align
from retriever.match.model import PairLogits, PairLoss, build_match
from retriever.match.scores import match_factors
from retriever.match.train import judge
from samples.items import export_pyramid_detector

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = MatchConfig(side=4, channels=8, convolutions=1, last=16, numbers=16, groups=8, learning_rate=0.01)


def test_the_score_of_a_pair_is_that_of_its_squared_difference():
    queries, gallery = np.array([[1.0, 2.0]]), np.array([[3.0, 2.0], [1.0, 5.0]])
    factors = match_factors(queries, gallery, np.array([-0.5, 0.25]), 1.0)
    np.testing.assert_allclose(factors[0] @ factors[1].T, [[1 - 0.5 * 4, 1 + 0.25 * 9]])


def test_the_layer_gives_the_same_scores_as_the_factors():
    vectors = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    layer = PairLogits()
    layer.build((5, 3))
    layer.weights_of.assign([-0.5, 0.25, 2.0])
    layer.bias.assign(0.75)
    factors = match_factors(vectors, vectors, np.array([-0.5, 0.25, 2.0]), 0.75)
    np.testing.assert_allclose(layer(vectors), factors[0] @ factors[1].T, atol=1e-4)


def test_pairs_of_one_item_have_their_share_of_the_loss():
    items, logits = np.array([[7], [7], [8]]), np.array([[9.0, 2, -1], [2, 9, 0], [-1, 0, 9]], np.float32)
    matching, different = np.log1p(np.exp(-2)), (np.log1p(np.exp(-1)) + np.log(2)) / 2
    loss = PairLoss(0.1)(items, logits)
    assert float(loss) == pytest.approx(0.1 * matching + 0.9 * different, abs=1e-5)


def test_a_cell_is_the_mean_of_what_it_covers():
    """Level 3 holds the place of each of its cells in x; a box reads its own places."""
    places = np.broadcast_to(np.arange(16, dtype=np.float32)[None, None, :, None], (1, 16, 16, 1))
    box, owner = tf.constant([[32.0, 16, 64, 48]]), tf.constant([0])
    found = roi_align([tf.constant(places)], 3, box, owner, 2)
    np.testing.assert_allclose(found[0, 0, :, 0], [32 / 8 + 0.5, 32 / 8 + 2.5], atol=1e-5)


def test_large_boxes_are_looked_at_on_coarse_levels():
    pyramid = [tf.fill([2, 64 >> n, 64 >> n, 1], float(n)) for n in range(3)]
    boxes = tf.constant([[0.0, 0, 100, 111], [0, 0, 112, 113], [0, 0, 450, 450], [0, 0, 5, 1], [0, 0, 230, 230]])
    found = roi_align(pyramid, 3, boxes, tf.constant([0, 1, 0, 1, 0]), 2)
    assert found.shape == (5, 2, 2, 1) and found[:, 0, 0, 0].numpy().tolist() == [0, 0, 2, 0, 1]


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    return RoiFeatures(export_pyramid_detector(tmp_path_factory.mktemp("detector")), 3)


def test_features_of_a_batch_equal_those_of_single_photos(features):
    rng = np.random.default_rng(0)
    sizes = [(70, 50), (30, 90), (64, 48)]
    photos = [Photo(None, str(n), width, height) for n, (height, width) in enumerate(sizes)]
    pixels = [rng.integers(0, 255, (*size, 3), dtype=np.uint8) for size in sizes]
    boxes = [[[5, 6, 40, 60], [0, 0, 50, 70]], [], [[1, 1, 30, 9]]]
    found = [
        Garments(np.array(b, np.float32).reshape(-1, 4), np.ones(len(b), np.float32), np.full(len(b), "full", object))
        for b in boxes
    ]
    together = features(**network_inputs(photos, pixels, found, features.input_size))
    alone = [
        features(**network_inputs([photo], [image], [garments], features.input_size))
        for photo, image, garments in zip(photos, pixels, found, strict=True)
    ]
    assert together.shape == (3, 3, 3, 6)
    np.testing.assert_allclose(together, np.concatenate(alone), atol=1e-5)


def test_training_finds_what_items_differ_in():
    """Two features tell items apart, among four that are strong and tell nothing."""
    rng, items = np.random.default_rng(0), np.repeat(np.arange(40), 3)
    signs = rng.normal(size=(40, 2))[items]
    values = np.concatenate([signs, 2 * rng.normal(size=(120, 4))], 1).astype(np.float32)
    rois = np.broadcast_to(values[:, None, None], (120, 4, 4, 6)) + 0.1 * rng.normal(size=(120, 4, 4, 6))
    kinds, photos = np.full(120, "upper"), np.arange(120).astype(str)
    garments = SimpleNamespace(features=rois.astype(np.float32), items=items, kinds=kinds, photos=photos)
    model = build_match(SETTINGS, 6)
    watch, logs = judge(garments), [{}, {}]
    watch.set_model(model)
    watch.on_epoch_end(0, logs[0])
    model.compile(warmed_up_adamw(SETTINGS.learning_rate, 0.0, 4, 30), PairLoss(SETTINGS.positives))
    model.fit(training_data(garments, SETTINGS), epochs=4, steps_per_epoch=30, verbose=0)
    watch.on_epoch_end(1, logs[1])
    assert logs[0][MEASURE] < 0.3 < 0.5 < logs[1][MEASURE]


def test_the_shipped_detector_has_a_pyramid():
    features = RoiFeatures(ROOT / "models/detector", 14)
    assert (features.side, features.channels) == (14, 128)
