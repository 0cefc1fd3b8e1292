import keras
import numpy as np
import pytest

from engine.losses import PartialCrossentropy, PixelCrossentropy, PointError, VisibleCrossentropy, distance, top1

LOG = np.log


def points():
    """Two garments, of one landmark (|dx| + |dy| = 0.7) and of two (0.2 and 0.6), and a third without any."""
    truth = np.zeros((3, 8, 3), np.float32)
    truth[0, 3] = 0.3, 0.4, 1
    truth[1, 0], truth[1, 5] = (0.2, 0, 2), (0, 0.6, 2)
    return truth, np.zeros((3, 8, 2), np.float32)


def visible():
    """Two garments: a visible landmark of p 0.5 and a hidden one of p 0.2 at weight 0.5; nothing that counts."""
    truth, p = np.zeros((2, 8, 2), np.float32), np.full((2, 8), 0.9, np.float32)
    truth[0, :2] = (1, 1), (0, 0.5)
    p[0, :2] = 0.5, 0.2
    return truth, p


def pixels():
    """Two 1 x 2 maps of two labels: known with p 0.5 and 0.75; one known with p 0.25."""
    truth = np.array([[[0, 1]], [[255, 0]]], np.float32)
    p = np.array([[[[0.5, 0.5], [0.25, 0.75]]], [[[0.9, 0.1], [0.25, 0.75]]]], np.float32)
    return truth, np.log(p)


EACH = {  # the loss of each sample, by hand
    PointError: (points, [0.7, 0.4, 0.0]),
    VisibleCrossentropy: (visible, [(-LOG(0.5) - 0.5 * LOG(0.8)) / 1.5, 0.0]),
    PixelCrossentropy: (pixels, [-(LOG(0.5) + LOG(0.75)) / 2, -LOG(0.25)]),
}
WEIGHTS = np.array([2.0, 0.5, 0.0], np.float32)


@pytest.mark.parametrize("loss_class", EACH)
def test_each_sample_has_its_loss(loss_class):
    make, expected = EACH[loss_class]
    assert np.allclose(loss_class().call(*make()), expected, atol=1e-5)


@pytest.mark.parametrize("loss_class", EACH)
def test_without_weights_a_loss_is_the_mean_of_the_samples(loss_class):
    make, expected = EACH[loss_class]
    assert float(loss_class()(*make())) == pytest.approx(np.mean(expected), abs=1e-5)


@pytest.mark.parametrize("loss_class", EACH)
def test_with_weights_a_loss_is_one_number_over_the_batch(loss_class):
    make, expected = EACH[loss_class]
    weights = WEIGHTS[: len(expected)]
    assert float(loss_class()(*make(), weights)) == pytest.approx((expected * weights).sum() / len(expected), abs=1e-5)


@pytest.mark.parametrize("loss_class", EACH)
def test_samples_of_weight_zero_can_be_left_out_of_the_mean(loss_class):
    make, expected = EACH[loss_class]
    weights = WEIGHTS[: len(expected)]
    loss = loss_class(reduction="mean_with_sample_weight")
    assert float(loss(*make(), weights)) == pytest.approx((expected * weights).sum() / weights.sum(), abs=1e-5)


@pytest.mark.parametrize("loss_class", EACH)
def test_a_batch_of_weight_zero_has_no_loss(loss_class):
    make, expected = EACH[loss_class]
    assert float(loss_class(reduction="mean_with_sample_weight")(*make(), np.zeros(len(expected), np.float32))) == 0


@pytest.mark.parametrize("loss_class", EACH)
def test_a_saved_loss_is_the_same_again(loss_class):
    loss = keras.losses.deserialize(keras.losses.serialize(loss_class(reduction="mean_with_sample_weight")))
    assert type(loss) is loss_class and loss.reduction == "mean_with_sample_weight"


def test_gradients_do_not_grow_with_the_batch():
    """Two batches of the same garment, one of 2 and one of 32, with sample weights as `fit` gives them."""
    import tensorflow as tf

    norms = []
    for batch in (2, 32):
        truth = np.repeat(points()[0][:1], batch, 0)
        place = tf.Variable(np.zeros((1, 8, 2), np.float32))
        with tf.GradientTape() as tape:
            loss = PointError()(truth, tf.repeat(place, batch, 0), np.ones(batch, np.float32))
        norms.append(float(tf.norm(tape.gradient(loss, place))))
    assert norms == pytest.approx([2**0.5] * 2)


def test_the_distance_is_of_labelled_landmarks():
    assert np.allclose(distance(*points()), [0.5, 0.4, 0], atol=1e-5)


def test_partial_loss_is_cross_entropy_of_what_is_allowed():
    truth = np.array([[1, 0, 0], [1, 1, 0]], np.float32)
    guess = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], np.float32)
    single = PartialCrossentropy(0.0)(truth[:1], guess[:1])
    assert float(single) == pytest.approx(float(keras.losses.CategoricalCrossentropy()(truth[:1], guess[:1])), rel=1e-5)
    assert float(PartialCrossentropy(0.0)(truth[1:], guess[1:])) == pytest.approx(-np.log(0.6), rel=1e-5)
    assert list(np.array(top1(truth, guess))) == [1, 0]
