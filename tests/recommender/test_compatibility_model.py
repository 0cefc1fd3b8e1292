"""A compatibility model learns a made-up taste, and is kept whole."""

import numpy as np
import pytest

from engine.checksums import ModelError
from metrics.compatibility import compatibility_figures
from recommender.config import CompatibilityConfig
from recommender.harmony import harmony, lab
from recommender.model import FILE, Compatibility
from recommender.outfits import CHOICES, Wardrobe, questions
from recommender.train import answer, train


def made_up(outfits=150, seed=0):
    """Tops and trousers of one style each; trousers have the style in other numbers than tops."""
    rng = np.random.default_rng(seed)
    styles = rng.normal(size=(outfits, 4))
    vectors = 0.3 * rng.normal(size=(outfits, 2, 12))
    vectors[:, 0, :4] += styles
    vectors[:, 1, 4:8] += styles
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    parts = np.tile([0, 1], outfits)
    kinds = np.array(["tee", "jeans"])[parts]
    return Wardrobe(vectors.reshape(-1, 12).astype(np.float32), np.repeat(np.arange(outfits), 2), parts, kinds)


@pytest.fixture(scope="module")
def model():
    config = CompatibilityConfig(numbers=8, epochs=15, batch=64, models=1, learning_rate=2e-2, dropout=0.0, pull=1e-3)
    return train(config, made_up(), "embedder")[0]


def test_it_answers_questions_about_new_outfits(model):
    fresh = made_up(60, seed=1)
    asked = questions(fresh)
    assert len(asked) == 120
    accuracy = compatibility_figures(answer(model, fresh, asked))["fill-in-the-blank"]
    likeness = compatibility_figures(
        [(fresh.embeddings[q.given] @ fresh.embeddings[q.choices].T).mean(0) for q in asked]
    )
    assert accuracy[1] > 0.4 > likeness["fill-in-the-blank"][0]


def test_scores_are_the_same_both_ways_and_unknown_parts_have_none(model):
    x, parts = made_up(5).embeddings, np.array([0, 1] * 5)
    scores = model.scores(x, parts, x, parts)
    np.testing.assert_allclose(scores, scores.T, atol=1e-6)
    assert np.abs(scores).max() <= 1 + 1e-6
    assert (model.scores(x, np.full(10, -1), x, parts) == 0).all()


def test_a_question_has_one_right_answer_and_wrong_ones_of_its_kind():
    wardrobe = made_up(20)
    for question in questions(wardrobe):
        right, *wrong = question.choices
        assert len(wrong) == CHOICES - 1 and right not in question.given
        assert set(wardrobe.kinds[question.choices]) == {wardrobe.kinds[right]}
        assert wardrobe.outfits[right] not in wardrobe.outfits[wrong]
        assert set(wardrobe.outfits[question.given]) == {wardrobe.outfits[right]}


def test_a_garment_of_unknown_part_teaches_nothing():
    wardrobe = made_up(2)
    assert wardrobe.pairs().tolist() == [[0, 1], [1, 0], [2, 3], [3, 2]]
    wardrobe.parts[1] = -1
    assert wardrobe.pairs().tolist() == [[2, 3], [3, 2]]
    wardrobe.parts[:] = -1
    assert wardrobe.pairs().shape == (0, 2)


def test_a_saved_model_is_the_same_and_a_changed_one_is_refused(model, tmp_path):
    model.save(tmp_path, {})
    again = Compatibility.load(tmp_path)
    np.testing.assert_array_equal(again.projections, model.projections)
    assert again.embedder == "embedder"
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes() + b" ")
    with pytest.raises(ModelError, match="checksum"):
        Compatibility.load(tmp_path)


def test_neutral_colours_go_with_all_and_others_with_their_opposite():
    pixels = np.array([[[128, 128, 128], [200, 30, 30], [30, 160, 60], [30, 60, 200]]], np.uint8)
    grey, red, green, blue = lab(pixels)[0, :, 1:]
    np.testing.assert_allclose(grey, 0, atol=1.5)
    scores = harmony(np.array([grey, red]), np.array([red, green, blue]))
    assert scores[0].min() > 0.9
    assert scores[1, 0] == pytest.approx(1) and scores[1, 0] > scores[1, 1] > scores[1, 2] - 0.5


def test_the_product_in_the_space_of_a_pair_is_the_score():
    rng = np.random.default_rng(0)
    free = rng.random((2, 3, 3, 4))
    model = Compatibility(rng.standard_normal((2, 3, 8, 4)), free + free.transpose(0, 2, 1, 3), np.zeros((3, 8)))
    a, b = rng.standard_normal((5, 8)), rng.standard_normal((7, 8))
    product = model.in_pair(a, 0, 1) @ model.in_pair(b, 1, 0).T
    np.testing.assert_allclose(product, model.scores(a, np.zeros(5, int), b, np.ones(7, int)), atol=1e-6)
    assert model.in_pair(a[:0], 0, 1).shape == (0, 8)
