import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from garments.types import Table
from metrics.classification import category_figures, paired
from metrics.curves import Scored, areas, calibration

NAMES = ("tee", "dress", "vest")


def tables(truth, probabilities, names=NAMES):
    """Two Tables of garments, three to a photo."""
    photos = [dict(photo=f"p{n}", path="", width=9, height=9) for n in range(-(-len(truth) // 3))]
    rows = [dict(photo=f"p{n // 3}", part="upper", category=category) for n, category in enumerate(truth)]
    table = Table.of(photos, rows, [])
    predicted = table.garments.assign(
        category=np.array(names, object)[probabilities.argmax(1)],
        score=probabilities.max(1),
        **{f"p:{name}": probabilities[:, n] for n, name in enumerate(names)},
    )
    return table, Table(table.photos, predicted, table.problems)


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 300)
    p = rng.dirichlet(np.ones(3), 300) * 0.7 + 0.3 * np.eye(3)[truth]
    return Scored.of(*tables(np.array(NAMES, object)[truth], p.round(2)))  # rounded, so that there are ties


def test_areas_equal_those_of_scikit_learn_and_lie_in_their_intervals(scored):
    table = areas(scored, resamples=50)
    for n, name in enumerate(NAMES):
        positive, p = scored.truth == n, scored.probabilities[:, n]
        assert table.loc[name, "auc"] == pytest.approx(roc_auc_score(positive, p))
        assert table.loc[name, "average_precision"] == pytest.approx(average_precision_score(positive, p))
    assert table.loc["macro", "auc"] == pytest.approx(
        roc_auc_score(
            scored.truth, scored.probabilities / scored.probabilities.sum(1, keepdims=True), multi_class="ovr"
        ),
        abs=1e-3,
    )
    inside = table.drop(index="micro")
    assert (inside["auc_low"] < inside["auc"]).all() and (inside["auc"] < inside["auc_high"]).all()


def test_resampled_areas_are_weighted_areas(scored):
    from metrics.curves import Ranked

    weights = np.random.default_rng(1).integers(0, 4, len(scored.truth)).astype(float)
    positive, p = scored.truth == 0, scored.probabilities[:, 0]
    expected = roc_auc_score(positive, p, sample_weight=weights)
    assert Ranked.of(positive, p).area(weights) == pytest.approx(expected)


def test_a_category_that_is_never_true_has_no_curve():
    table = areas(Scored.of(*tables(["tee", "dress"] * 6, np.tile([0.5, 0.3, 0.2], (12, 1)))), resamples=20)
    assert np.isnan(table.loc["vest", "auc"]) and table.loc["tee", "auc"] == 0.5 and table.loc["macro", "auc"] == 0.5
    alone = areas(Scored.of(*tables(["tee"] * 6, np.tile([0.5, 0.3, 0.2], (6, 1)))), resamples=20)
    assert alone["auc"].isna().all()


def test_calibration_finds_a_model_that_is_too_sure():
    truth = np.array(["tee", "dress"] * 100)
    sure = np.tile([0.95, 0.03, 0.02], (200, 1))
    table, error = calibration(Scored.of(*tables(truth, sure)))
    assert error == pytest.approx(0.45) and table["garments"].sum() == 200
    assert table.iloc[9]["right"] == 0.5 and table["sure"].notna().sum() == 1


def test_equal_scores_are_no_top_three_hit():
    names = ("coat", "dress", "jeans", "tee", "vest")
    pairs = paired(*tables(["dress", "tee", "vest"] * 4, np.zeros((12, 5)), names))
    assert category_figures(pairs)["top-3"][0] == 0


def test_what_cannot_be_judged_is_an_error():
    truth, predicted = tables(["tee"] * 3, np.eye(3))
    with pytest.raises(ValueError, match="got none"):
        Scored.of(truth, truth)
    broken = predicted.garments.assign(**{"p:tee": [0.5, np.nan, np.nan]})
    with pytest.raises(ValueError, match="2 garments have a probability that is not a number"):
        paired(truth, Table(truth.photos, broken, truth.problems))
