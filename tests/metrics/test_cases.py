import numpy as np
import pandas as pd
import pytest

from metrics.cases import case_table, difference, mcnemar, shift


def pairs(truth, predicted, photos=None):
    photos = photos if photos is not None else [f"p{n}" for n in range(len(truth))]
    return pd.DataFrame({"photo": photos, "truth": truth, "predicted": predicted})


FIRST = pairs(["tee"] * 6 + ["vest"] * 4, ["tee"] * 10)
SECOND = pairs(["tee"] * 6 + ["vest"] * 4, ["tee"] * 3 + ["vest"] * 3 + ["vest"] * 3 + ["tee"])


def test_each_garment_is_one_case():
    table = case_table(FIRST, SECOND)
    assert table.loc["tee"].tolist() == [6, 3, 3, 0, 0, 1.0, 0.5]
    assert table.loc["vest"].tolist() == [4, 0, 0, 3, 1, 0.0, 0.75]
    assert table.loc["all"].tolist() == [10, 3, 3, 3, 1, 0.6, 0.6]
    with pytest.raises(ValueError, match="same order"):
        case_table(FIRST, SECOND[::-1])


def test_equal_classifiers_do_not_differ_and_a_better_one_does():
    assert mcnemar(FIRST, FIRST) == 1 and difference(FIRST, FIRST) == (0, 0, 0)
    assert mcnemar(FIRST, SECOND) == 1  # three against three
    truth = ["tee"] * 40
    better, worse = pairs(truth, truth), pairs(truth, ["tee"] * 20 + ["vest"] * 20)
    value, low, high = difference(worse, better)
    assert value == 0.5 and 0.3 < low < 0.5 < high < 0.7 and mcnemar(worse, better) == pytest.approx(2 * 0.5**20)


def test_a_shift_names_what_is_lost_and_what_a_set_lacks():
    wild = pairs(["tee"] * 30 + ["coat"] * 30, ["vest"] * 30 + ["coat"] * 30)
    curated = pairs(["tee"] * 30 + ["vest"] * 30, ["tee"] * 30 + ["vest"] * 30)
    table = shift({"curated": curated, "wild": wild})
    assert table.loc["tee", ["wild change", "wild low", "wild high"]].tolist() == [-1, -1, -1]
    assert (
        table.loc["all", "wild change"] == -0.5 and table.loc["all", "wild low"] < -0.5 < table.loc["all", "wild high"]
    )
    assert np.isnan(table.loc["vest", "wild recall"]) and np.isnan(table.loc["coat", "wild change"])
    with pytest.raises(ValueError, match="two sets"):
        shift({"curated": curated})
