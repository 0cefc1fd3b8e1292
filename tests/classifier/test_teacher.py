"""Distillation: the teacher's predictions find their garments, and a student learns them."""

import numpy as np
import pytest

from classifier.config import TINY
from classifier.data import cut_crops, evaluation_data, targets
from classifier.evaluate import with_predictions
from classifier.models import MODELS, build, compile_model, preset
from classifier.teacher import is_taught, soft_labels, with_teacher
from classifier.train import train
from garments.types import Table
from garments.vocabulary import CATEGORIES
from readers import read_all

JEANS = CATEGORIES.index("jeans")


@pytest.fixture(scope="module")
def table(ccp, clothing) -> Table:
    return read_all([f"ccp:{ccp}", f"clothing:{clothing}"]).in_splits("train")


def predictions(table: Table, category: int = JEANS) -> Table:
    """A teacher that predicts one category with probability 0.83, seeing the garments in another order."""
    garments = table.garments.iloc[::-1].reset_index(drop=True)
    p = np.full((len(garments), len(CATEGORIES)), 0.01)
    p[:, category] = 0.83
    return Table(table.photos, with_predictions(garments, p, CATEGORIES), table.problems)


def test_probabilities_go_to_the_same_garments(table):
    numbered = predictions(table)
    numbered.garments["p:tee"] = np.linspace(0, 1, len(numbered.garments))[::-1]
    taught = with_teacher(table, numbered, CATEGORIES)
    assert len(taught.garments) == len(table.garments)
    boxed = taught.garments["x_min"].notna()
    assert np.allclose(taught.garments["p:tee"][boxed], np.linspace(0, 1, len(table.garments))[boxed])


def test_garments_that_the_teacher_did_not_see_have_no_soft_labels(table, tmp_path):
    some = predictions(table)
    taught = with_teacher(table, Table(some.photos, some.garments[::2], some.problems), CATEGORIES)
    crops = cut_crops(taught, preset("img", size=32), tmp_path)
    labels = soft_labels(crops, CATEGORIES)
    assert 0 < is_taught(crops).sum() < len(crops)
    assert np.allclose(labels.sum(1), is_taught(crops), atol=1e-5)


def test_crops_without_a_label_are_learnt_from_a_teacher(table, tmp_path):
    unlabelled = Table(table.photos, table.garments.assign(category=""), table.problems)
    task = MODELS["img"].task
    assert not len(task.usable(cut_crops(unlabelled, preset("img", size=32), tmp_path)))
    taught = cut_crops(with_teacher(unlabelled, predictions(table), CATEGORIES), preset("img", size=32), tmp_path)
    assert len(task.usable(taught)) == len(taught)


def test_a_student_learns_what_its_teacher_predicts_against_the_labels(table, tmp_path):
    config = preset("img", **TINY, backbone="mobilenet", teacher_weight=1.0, dropout=0.0, learning_rate=0.01)
    crops = cut_crops(with_teacher(table, predictions(table), CATEGORIES), config, tmp_path)
    batch = next(iter(evaluation_data(crops, config, targets("img", crops, config))))
    model = build("img", config)
    compile_model(model, "img", config, 1)
    model.run_eagerly = True
    losses = [model.train_on_batch(*batch, return_dict=True)["soft_loss"] for _ in range(5)]
    assert losses[-1] < losses[0] / 2


def test_only_the_category_of_a_student_is_exported():
    config = preset("img+bbox", **TINY, teacher_weight=0.5)
    assert set(build("img+bbox", config).output) == {"category", "soft", "box"}
    assert "soft" not in build("img+bbox", preset("img+bbox", **TINY)).output


def test_a_weight_without_a_teacher_is_refused(table, tmp_path):
    with pytest.raises(ValueError, match="give --teacher"):
        train("img", preset("img", **TINY, teacher_weight=0.5), table, tmp_path)


def test_a_teacher_of_other_categories_is_refused(table):
    with pytest.raises(ValueError, match="lack p:kimono"):
        with_teacher(table, predictions(table), ("tee", "kimono"))


def test_a_teacher_of_other_garments_is_refused(table):
    other = predictions(table)
    moved = Table(other.photos, other.garments.assign(x_min=-1.0), other.problems)
    with pytest.raises(ValueError, match="other garments"):
        with_teacher(table, moved, CATEGORIES)
