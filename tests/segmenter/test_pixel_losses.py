"""Losses of pixels against values computed by hand, and what all of them share."""

import keras
import numpy as np
import pytest

from segmenter.losses import FOCUS, MISSED, PixelLoss
from segmenter.names import LOSSES as NAMES
from segmenter.names import parse_loss

LOG = np.log
WEIGHTS = [1.0, 3.0]
# a photo of three pixels, the last of unknown class; a photo of which nothing is known
TRUTH = np.array([[[0, 1, 255]], [[255, 255, 255]]], np.uint8)
P = np.array([[[[0.5, 0.5], [0.25, 0.75], [0.9, 0.1]]], [[[0.2, 0.8]] * 3]], np.float32)
# of the first class: true 1, predicted .75, both .5; of the second: true 1, predicted 1.25, both .75
DICE = 1 - (2 * 0.5 / 1.75 + 2 * 0.75 / 2.25) / 2
TVERSKY = (
    1 - (0.5 / (0.5 + 0.5 * MISSED + 0.25 * (1 - MISSED)) + 0.75 / (0.75 + 0.25 * MISSED + 0.5 * (1 - MISSED))) / 2
)
CE = -(LOG(0.5) + LOG(0.75)) / 2
BY_HAND = {
    "ce": CE,
    "weighted-ce": -(LOG(0.5) + 3 * LOG(0.75)) / 4,
    "focal": -(0.5**FOCUS * LOG(0.5) + 0.25**FOCUS * LOG(0.75)) / 2,
    "dice": DICE,
    "tversky": TVERSKY,
    "0.5*dice+ce": 0.5 * DICE + CE,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_value_computed_by_hand(name):
    found = PixelLoss(name, WEIGHTS).call(TRUTH, np.log(P))
    np.testing.assert_allclose(found, [BY_HAND[name], 0], atol=2e-5)


def test_every_loss_has_a_value_by_hand():
    assert set(NAMES) <= set(BY_HAND)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_predicted_for_unknown_pixels_is_of_no_account(name):
    other = P.copy()
    other[:, :, 2] = 0.3, 0.7
    loss = PixelLoss(name, WEIGHTS)
    np.testing.assert_allclose(loss.call(TRUTH, np.log(P)), loss.call(TRUTH, np.log(other)), atol=1e-6)


def test_a_loss_is_saved_with_its_arguments():
    loss = PixelLoss("dice+ce", WEIGHTS)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert (again.loss, again.weights) == ("dice+ce", WEIGHTS)


@pytest.mark.parametrize("text", ["", "dices", "0*ce", "x*ce", "ce+", "-1*dice", "inf*ce"])
def test_other_names_are_refused(text):
    with pytest.raises(ValueError, match="loss: "):
        parse_loss(text)
