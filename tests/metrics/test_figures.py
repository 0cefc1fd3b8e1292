import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, precision_recall_fscore_support

from garments.types import Table
from metrics.classification import beside_majority, category_figures, paired, per_category, unknown_categories
from metrics.detection import detection_figures
from readers import read


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    truth = rng.choice(["tee", "dress", "vest"], 300, p=[0.6, 0.3, 0.1])
    predicted = np.where(rng.random(300) < 0.6, truth, rng.choice(["tee", "coat"], 300))
    return pd.DataFrame({"photo": rng.integers(0, 80, 300).astype(str), "truth": truth, "predicted": predicted})


def test_figures_equal_those_of_scikit_learn(pairs):
    figures = category_figures(pairs)
    truth, predicted = pairs["truth"], pairs["predicted"]
    assert figures["accuracy"][0] == pytest.approx(accuracy_score(truth, predicted))
    with pytest.warns(UserWarning, match="y_pred contains classes"):
        assert figures["balanced accuracy"][0] == pytest.approx(balanced_accuracy_score(truth, predicted))
    assert figures["macro-F1"][0] == pytest.approx(f1_score(truth, predicted, average="macro", zero_division=0))
    table = per_category(pairs)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predicted, labels=list(table.index), zero_division=0
    )
    assert np.allclose(table[["precision", "recall", "f1"]].fillna(0), np.array([precision, recall, f1]).T)
    assert list(table["support"]) == list(support)


def test_intervals_hold_the_value_and_the_margin_is_paired(pairs):
    figures = category_figures(pairs)
    for value, low, high in figures.values():
        assert low <= value <= high
    assert figures["margin"][0] == pytest.approx(figures["accuracy"][0] - figures["majority"][0])
    majority = category_figures(pairs.assign(predicted="tee"))
    assert majority["margin"] == (0, 0, 0) and majority["most predicted"][0] == 1


def test_no_garment_is_an_error():
    with pytest.raises(ValueError, match="no garment"):
        category_figures(pd.DataFrame({"photo": [], "truth": [], "predicted": []}))


def test_one_of_several_allowed_categories_is_right(ccp):
    photos = [dict(photo="a", path="a", width=1, height=1)]
    rows = [dict(photo="a", part="upper", category=c) for c in ("jacket|coat", "jacket|coat", "", "tee")]
    truth = Table.of(photos, rows, [])
    predicted = Table.of(
        photos, [{**r, "category": c} for r, c in zip(rows, ("coat", "tee", "tee", "tee"), strict=True)], []
    )
    pairs = paired(truth, predicted)
    assert list(pairs["truth"] == pairs["predicted"]) == [True, False, True]
    with pytest.raises(ValueError, match="same order"):
        paired(truth, Table.of(photos, [], []))


def test_perfect_boxes_have_ap_one_and_wrong_parts_only_count_blind(ccp):
    truth = read(f"ccp:{ccp}").in_splits("val")
    figures = detection_figures(truth, truth)
    assert figures["all"]["AP"] == pytest.approx(1) and figures["any part"]["AP50"] == pytest.approx(1)
    wrong = Table(truth.photos, truth.garments.assign(part="full"), truth.problems)
    blind = detection_figures(truth, wrong)
    assert blind["all"]["AP"] < 0.5 and blind["upper"]["AP"] == 0 and blind["any part"]["AP"] == pytest.approx(1)
    nothing = detection_figures(truth, Table.of(truth.photos.to_dict("records"), [], []))
    assert nothing["all"]["AP"] == 0


def test_a_missed_photo_lowers_the_recall(ccp):
    truth = read(f"ccp:{ccp}").in_splits("val")
    half = truth.garments[truth.garments["photo"].isin(truth.photos["photo"][::2])]
    figures = detection_figures(truth, Table(truth.photos, half, truth.problems))
    assert figures["any part"]["AR 100"] == pytest.approx(len(half) / len(truth.garments))


@pytest.mark.parametrize(
    ("margin", "begins"),
    [
        ((0.2, 0.1, 0.3), ""),
        ((0.1, -0.05, 0.2), "undecided: accuracy minus that of the majority class is +0.100 [-0.050, +0.200]"),
        ((-0.2, -0.3, -0.1), "always predicting the majority class would do as well"),
    ],
)
def test_a_baseline_is_as_good_only_where_the_interval_says_so(margin, begins):
    assert beside_majority(margin).startswith(begins) and bool(beside_majority(margin)) == bool(begins)


def test_categories_that_a_model_cannot_name_are_counted():
    photos = [dict(photo="a", path="a", width=4, height=6)]
    rows = [dict(photo="a", label=c, part="upper", category=c) for c in ("kimono", "tee", "vest|tee", "")]
    truth = Table.of(photos, rows, [])
    predicted = Table.of(photos, [{**row, "p:tee": 0.6, "p:dress": 0.4} for row in rows], [])
    assert unknown_categories(truth, predicted) == "the model cannot name kimono: 1 of 3 garments can only be wrong"
    assert unknown_categories(Table.of(photos, rows[1:], []), Table.of(photos, [], [])) == ""
