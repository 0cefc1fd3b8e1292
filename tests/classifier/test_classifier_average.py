"""The mean of the weights of runs."""

import keras
import numpy as np
import pytest

from classifier import average


@pytest.fixture
def runs(tmp_path):
    """Runs of one network, whose weights are 1 and 4, and one of another network."""
    for name, units, value in (("one", 2, 1), ("four", 2, 4), ("wide", 3, 1)):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units), keras.layers.BatchNormalization()])
        model.set_weights([np.full(weight.shape, value) for weight in model.weights])
        (tmp_path / name).mkdir()
        model.save(tmp_path / name / "best.keras")
        (tmp_path / name / "config.json").write_text(f'{{"of": "{name}"}}')
    return tmp_path


@pytest.mark.parametrize("shares, expected", [([], 2.5), (["--shares", "1", "3"], 3.25)])
def test_all_weights_are_averaged_by_their_shares(shares, expected, runs, capsys):
    average.main([str(runs / "one"), str(runs / "four"), "--out", str(runs / "mean"), *shares])
    mean = keras.saving.load_model(runs / "mean" / "best.keras")
    assert all(np.allclose(weight, expected) for weight in mean.weights) and len(mean.weights) == 6
    assert (runs / "mean" / "config.json").read_text() == '{"of": "four"}'
    assert "classifier.export" in capsys.readouterr().out


def test_what_cannot_be_averaged_is_refused(runs):
    with pytest.raises(ValueError, match="wide: expected the network of"):
        average.average([runs / "one", runs / "wide"], runs / "mean")
    with pytest.raises(ValueError, match="positive number for each of 2 runs"):
        average.average([runs / "one", runs / "four"], runs / "mean", [1.0, 0.0])
    with pytest.raises(FileExistsError, match="holds a run"):
        average.average([runs / "one"], runs / "four")
    with pytest.raises(FileNotFoundError, match="train first"):
        average.average([runs / "none"], runs / "mean")
