"""Samples of an exported generator: reproducible, by category, the same as in training; interpolations."""

import numpy as np
import pytest
from PIL import Image

from engine.checksums import ModelError
from generator.config import load_config
from generator.gan import GAN
from generator.rounds import CHECKPOINT, draw
from generator.sample import Generator, main, slerp
from samples.tiny import export_tiny_models


@pytest.fixture(scope="module")
def generator(model) -> Generator:
    return Generator.load(model)


def test_an_exported_generator_draws_what_the_trained_one_does(run, generator):
    config, classes = load_config(run)
    trained = GAN(config, len(classes))
    trained.load_weights(run / CHECKPOINT)
    noise = np.random.default_rng(0).normal(size=(6, config.latent)).astype(np.float32)
    categories = np.arange(6, dtype=np.int32) % len(classes)
    found = generator.pictures(noise, categories).astype(int)
    assert np.abs(found - draw(trained, noise, categories)).max() <= 1  # of half-precision weights


def test_a_seed_gives_the_same_samples_however_many(generator):
    few, many = generator(3, seed=5), generator(70, seed=5)
    assert np.array_equal(few[0], many[0][:3]) and few[1] == many[1][:3]
    assert not np.array_equal(few[0], generator(3, seed=6)[0])


def test_categories_are_drawn_as_often_as_they_were_learned_from(generator):
    _, names = generator(400)
    shares = generator.counts / generator.counts.sum()
    found = [names.count(name) / 400 for name in generator.classes]
    assert np.abs(np.array(found) - shares).max() < 0.1


def test_one_category_can_be_asked_for(generator):
    name = generator.classes[0]
    assert set(generator(5, category=name)[1]) == {name}
    with pytest.raises(KeyError, match="no category 'sock'"):
        generator(1, category="sock")


def test_a_category_that_is_one_of_several_is_found(generator, monkeypatch):
    monkeypatch.setattr(generator, "classes", ["blouse|top", *generator.classes[1:]])
    assert generator.numbers(4, 0, "top").tolist() == [0] * 4


def test_interpolations_lead_from_one_sample_to_another(generator):
    rows = generator.interpolations(2, 5, seed=1).reshape(2, 5, 16, 16, 3).astype(int)
    steps = np.abs(np.diff(rows, axis=1)).mean((2, 3, 4))
    assert (steps > 0).all()
    assert np.abs(rows[:, 0] - rows[:, -1]).mean() > steps.max()


def test_noise_between_two_stays_as_long_as_noise():
    start, end = np.array([[3.0, 0, 0]]), np.array([[0, 3.0, 0]])
    assert np.allclose(slerp(start, end, 0), start) and np.allclose(slerp(start, end, 1), end)
    assert np.allclose(slerp(start, end, 0.5), 3 / np.sqrt(2) * np.array([[1, 1, 0]]))


def test_the_command_writes_samples_and_interpolations(model, tmp_path):
    main(["--model", str(model), "--count", "9", "--out", str(tmp_path)])
    assert Image.open(tmp_path / "grid.png").size == (8 * 18 - 2, 2 * 18 - 2)
    assert len(list(tmp_path.glob("000*.png"))) == 9
    main(["--model", str(model), "--interpolate", "3", "--out", str(tmp_path)])
    assert Image.open(tmp_path / "interpolations.png").size == (8 * 18 - 2, 3 * 18 - 2)


def test_another_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match="expected a generator, got 'img'"):
        Generator.load(export_tiny_models(tmp_path) / "img")
