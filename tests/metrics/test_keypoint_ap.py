import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from garments.types import Table
from metrics.keypoint_ap import SIGMAS, keypoint_figures, to_coco
from samples.made_up_landmarks import BOX, HIDDEN, moved, points, street, table


def test_keypoint_ap_of_a_hand_worked_example():
    true = points("full", BOX, np.full((8, 2), 0.5))
    perfect = (0, "full", BOX, true, 0.9)
    truth = table((0, "full", BOX, true), (1, "full", BOX, true))
    area, sigma = 40 * 80, 0.0224  # of the collar; the shift that makes its similarity exp(-4)
    shift = np.sqrt(4 * 2 * area) * 2 * sigma
    shifted = true.copy()
    shifted[:4, 0] += shift * SIGMAS[:4] / sigma  # OKS (4 exp(-4) + 4) / 8 = 0.509
    figures = keypoint_figures(truth, table(perfect, (1, "full", BOX, shifted, 0.8)))["all"]
    half = 51 / 101  # precision 1 up to recall 0.5, at 51 of 101 recalls
    assert figures["AP50"] == pytest.approx(1) and figures["AP75"] == pytest.approx(half)
    assert figures["AP"] == pytest.approx((1 + 9 * half) / 10) and figures["AR"] == pytest.approx((1 + 9 * 0.5) / 10)


def test_keypoint_ap_on_visible_landmarks_leaves_out_the_occluded():
    true = points("lower", BOX, np.full((8, 2), 0.5))
    true[6:, 2] = HIDDEN
    shifted = true + [[30, 0, 0]] * (np.arange(8) > 5)[:, None]
    truth, predicted = table((0, "lower", BOX, true)), table((0, "lower", BOX, shifted, 0.9))
    assert keypoint_figures(truth, predicted, visible_only=True)["lower"]["AP"] == pytest.approx(1)
    assert keypoint_figures(truth, predicted)["all"]["AP75"] == 0
    assert np.isnan(keypoint_figures(truth, predicted)["upper"]["AP"])
    hidden = table((0, "lower", BOX, points("lower", BOX, np.full((8, 2), 0.5), HIDDEN)))
    assert np.isnan(keypoint_figures(hidden, predicted, visible_only=True)["all"]["AP"])


def test_keypoint_ap_equals_pycocotools_on_the_same_data(tmp_path):
    truth = street(0)
    predicted = moved(truth, 0.06)
    scores = np.random.default_rng(3).random(len(truth.garments))
    predicted = Table(truth.photos, predicted.garments.assign(score=scores), truth.problems)
    (tmp_path / "truth.json").write_text(json.dumps(to_coco(truth, truth)), encoding="utf-8")
    true = COCO(str(tmp_path / "truth.json"))
    evaluation = COCOeval(true, true.loadRes(to_coco(truth, predicted)["annotations"]), "keypoints")
    evaluation.params.kpt_oks_sigmas = SIGMAS
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    figures = keypoint_figures(truth, predicted)["all"]
    assert 0.05 < figures["AP"] < 0.95
    for place, name in ((0, "AP"), (1, "AP50"), (2, "AP75"), (5, "AR")):
        assert figures[name] == pytest.approx(evaluation.stats[place])
