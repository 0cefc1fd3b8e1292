"""Figures of groups of garments by an attribute."""

import pandas as pd
import pytest

from garments.types import Table
from metrics.groups import accuracy_by, attribute, group_figures

ATTRIBUTES = ["gender Men|colour Navy Blue", "gender Women", "gender Men", "", "colour Red|gender Girls"]
PHOTOS = [dict(photo=str(n), path="", width=9, height=9) for n in range(5)]
TRUTH = Table.of(PHOTOS, [dict(photo=str(n), category="tee", attributes=a) for n, a in enumerate(ATTRIBUTES)], [])
PAIRS = pd.DataFrame(dict(photo=list("01234"), truth="tee", predicted=["tee", "top", "dress", "tee", "tee"]))


def test_a_value_may_have_several_words():
    assert list(attribute(TRUTH.garments, "colour")) == ["Navy Blue", "", "", "", "Red"]


def test_each_group_has_its_number_and_accuracy():
    groups = accuracy_by(TRUTH, PAIRS, "gender")
    assert {value: (n, accuracy[0]) for value, (n, accuracy) in groups.items()} == {
        "Men": (2, 0.5),
        "Women": (1, 0.0),
        "Girls": (1, 1.0),
    }


def test_the_largest_group_comes_first():
    assert next(iter(accuracy_by(TRUTH, PAIRS, "gender"))) == "Men"


def test_groups_are_of_the_garments_that_are_judged():
    groups = accuracy_by(TRUTH, PAIRS.loc[[1, 2]], "gender")
    assert {value: n for value, (n, _) in groups.items()} == {"Men": 1, "Women": 1}


def test_an_unknown_attribute_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="the attributes of this data are: colour, gender"):
        accuracy_by(TRUTH, PAIRS, "size")


def test_data_without_attributes_says_so():
    with pytest.raises(ValueError, match="the attributes of this data are: none"):
        attribute(TRUTH.garments.drop(columns="attributes"), "gender")


def test_figures_name_the_group_and_its_size():
    assert next(iter(group_figures("gender", accuracy_by(TRUTH, PAIRS, "gender")))) == "accuracy, gender Men (2)"
