"""A run: what it writes, that it resumes to the same bits, and that it ends when its time is up."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from generator import rounds
from generator.config import PRESETS
from generator.gan import GAN
from generator.pictures import classes_of, cut_pictures, training_data
from generator.train import main, train
from readers import read_all

TINY = replace(PRESETS["tiny"], rounds=3, steps=2)


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def table(ccp):
    return read_all([f"ccp:{ccp}"]).in_splits("train")


@pytest.fixture(scope="module")
def straight(table, tmp_path_factory):
    """The run that was never stopped."""
    out = tmp_path_factory.mktemp("straight") / "run"
    train(TINY, table, out)
    return out


def lines(out) -> list[dict]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def weights(out, table) -> list[np.ndarray]:
    """All that a checkpoint holds: networks, average and optimizers."""
    model = GAN(TINY, len(classes_of(table, TINY)))
    model.load_weights(out / rounds.CHECKPOINT)
    optimizers = [v.numpy() for o in (model.optimizer, model.generator_optimizer) for v in o.variables]
    return [*model.get_weights(), *optimizers]


def assert_same(out, other, table):
    assert all(np.array_equal(a, b) for a, b in zip(weights(out, table), weights(other, table), strict=True))
    figures = [[{k: v for k, v in line.items() if k != "seconds"} for line in lines(run)] for run in (out, other)]
    assert figures[0] == figures[1]


def test_a_run_writes_a_line_and_a_grid_a_round(straight, table):
    assert [line["epoch"] for line in lines(straight)] == [0, 1, 2]
    assert {"d_loss", "g_loss", "d_real", "d_fake_before", "d_fake_after", "seconds"} < set(lines(straight)[0])
    grids = sorted((straight / "grids").iterdir())
    classes = len(classes_of(table, TINY))
    assert len(grids) == 3 and Image.open(grids[0]).size == (8 * 18 - 2, classes * 18 - 2)


def stopped_at(call: int, original):
    """A function that does what another does, until its call of this number."""
    count = iter(range(100))

    def stopped(*arguments, **named):
        if next(count) == call:
            raise Killed
        original(*arguments, **named)

    return stopped


@pytest.mark.parametrize(
    "owner, name, call",
    [(rounds.Rounds, "on_train_batch_end", 3), (rounds, "save", 1)],
    ids=["in its second round", "between a line of the log and its checkpoint"],
)
def test_a_run_that_is_killed_resumes_to_the_same_bits(straight, table, tmp_path, monkeypatch, owner, name, call):
    monkeypatch.setattr(owner, name, stopped_at(call, getattr(owner, name)))
    with pytest.raises(Killed):
        train(TINY, table, tmp_path)
    monkeypatch.undo()
    train(TINY, table, tmp_path)
    assert_same(tmp_path, straight, table)


def test_a_finished_run_is_left_as_it_is_and_can_be_made_longer(straight, table, capsys, tmp_path):
    before = (straight / rounds.CHECKPOINT).read_bytes()
    train(TINY, table, straight)
    assert (straight / rounds.CHECKPOINT).read_bytes() == before
    assert "done already" in capsys.readouterr().out
    train(replace(TINY, rounds=2), table, tmp_path)
    train(TINY, table, tmp_path)
    assert_same(tmp_path, straight, table)


def test_a_run_with_other_settings_is_refused(straight, table):
    with pytest.raises(ValueError, match="latent"):
        train(replace(TINY, latent=9), table, straight)


def test_the_time_ends_a_run_after_the_round_at_hand(table, tmp_path):
    train(replace(TINY, minutes=1e-6), table, tmp_path)
    assert len(lines(tmp_path)) == 1


def test_a_collapsed_run_is_told_and_stopped(table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(rounds, "PATIENCE", 1)
    dead = replace(TINY, generator_rate=1e-12, average=0.0, rounds=5)  # its first pictures are grey, and stay so
    train(dead, table, tmp_path, stop=True)
    said = capsys.readouterr().out
    assert len(lines(tmp_path)) == 2
    assert "COLLAPSE after round 2: samples differ by" in said and "Remedy" in said


def test_losses_that_are_no_numbers_end_the_run_before_its_checkpoint(tmp_path):
    callback = rounds.Rounds(tmp_path, lambda *evidence: [], TINY, 0)
    callback.on_epoch_begin(0)
    for batch, loss in enumerate((1.0, float("nan"))):
        callback.on_train_batch_end(batch, {"d_loss": loss})
    with pytest.raises(ValueError, match="no longer numbers in round 1"):
        callback.on_epoch_end(0)
    assert not list(tmp_path.iterdir())


def test_the_data_of_a_later_round_is_the_same_as_if_it_came_after_the_earlier(table, tmp_path):
    pictures = cut_pictures(table, TINY, tmp_path, classes_of(table, TINY))
    all_rounds = [batch for batch, _ in training_data(pictures, TINY, 2).take(6)]
    later = [batch for batch, _ in training_data(pictures, TINY, 2, 2).take(2)]
    assert all(np.array_equal(a, b) for a, b in zip(all_rounds[4:], later, strict=True))


def test_each_picture_is_drawn_as_it_is_and_mirrored(table, tmp_path):
    config = replace(TINY, condition="none", batch=4)
    pictures = cut_pictures(table, config, tmp_path, {})
    pictures = replace(pictures, images=pictures.images[:6], categories=pictures.categories[:6])
    drawn = np.concatenate([batch for batch, _ in training_data(pictures, config, 3).take(3)])
    wanted = np.concatenate([pictures.images, pictures.images[:, :, ::-1]])
    assert sorted(image.tobytes() for image in drawn) == sorted(image.tobytes() for image in wanted)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--set", "fewest=10000"], "lower fewest"),
        (["--set", "batch=4096"], "give more photos"),
        (["--photos", "FOLDER"], "either --data or --photos"),
    ],
)
def test_what_cannot_be_trained_is_told_in_a_line(ccp, tmp_path, arguments, words, capsys):
    with pytest.raises(SystemExit):
        main(["--preset", "tiny", "--data", f"ccp:{ccp}", "--out", str(tmp_path), *arguments])
    assert words in capsys.readouterr().err
