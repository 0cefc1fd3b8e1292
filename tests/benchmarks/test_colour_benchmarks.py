"""What the benchmarks of colours and patterns compare with, and that they see real photos as intended."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.colours import BASIC, Seen, agreement, found_colours, look, shop_words, survey, taught
from benchmarks.patterns import BY_EYE, figures_of
from garments.types import Table
from photos.colours import Colours, colour_names, name_colours, oklab
from photos.patterns import PATTERNS


def test_the_words_of_the_shop_mean_names_that_can_be_found():
    words = shop_words()
    assert set.union(*(set(word.names) for word in words.values())) == set(colour_names()) == set(BASIC)
    assert set.union(*(set(word.basic) for word in words.values())) == set(BASIC.values())
    assert [word for word, meaning in words.items() if not meaning.names] == ["Multi"]


def test_a_name_that_agrees_agrees_as_a_basic_colour_too():
    wrong = {word: {BASIC[name] for name in meaning.names} - meaning.basic for word, meaning in shop_words().items()}
    assert not any(wrong.values()), wrong


def seen(*words):
    blank = np.zeros((2, 2, 3), np.uint8), np.ones((2, 2), bool)
    return [Seen(f"p{n}", word, f"p{n}", *blank) for n, word in enumerate(words)]


def test_agreement_counts_names_basic_colours_and_the_best_constant():
    garments = seen("Navy Blue", "Blue", "Black", "Multi")
    found = [Colours((name,), (1.0,)) for name in ("blue", "blue", "grey", "red")]
    found[2] = Colours(("grey", "black"), (0.6, 0.4))
    shares = {name: value for name, (value, *_) in agreement(garments, found).items()}
    assert shares == dict(
        name=0.25, basic=0.5, **{"name majority": 0.5, "basic majority": 0.5, "any basic": 0.75}
    )  # fmt: skip


def test_a_garment_teaches_the_name_that_is_nearest_in_lightness():
    own = dict.fromkeys(BASIC, 0.5) | {"navy blue": 0.2, "light blue": 0.85}
    assert [taught("Blue", np.array([x, 0, 0]), own) for x in (0.1, 0.5, 0.9)] == ["navy blue", "blue", "light blue"]


def test_vivid_colours_of_the_survey_mostly_have_the_names_that_it_gives_them():
    names, places = survey()
    vivid = np.hypot(places[:, 1], places[:, 2]) > 0.1
    right = pd.Series(np.array(names)[vivid] == np.array(name_colours(places[vivid])))
    assert vivid.sum() > 400 and right.groupby(np.array(names)[vivid]).mean().mean() > 0.55


@pytest.mark.parametrize(
    "name, rgb",
    {"teal": (2, 147, 134), "lavender": (199, 159, 239), "rust": (168, 60, 9), "peach": (255, 176, 124)}.items(),
)
def test_rare_names_are_found(name, rgb):
    assert name_colours(oklab(np.array([rgb]))) == [name]


def test_the_garments_seen_by_eye_are_enough_and_their_halves_are_apart():
    rows = pd.read_csv(BY_EYE, dtype={"photo": str})
    assert len(rows) >= 600 and not rows.duplicated(["dataset", "photo", "label"]).any()
    assert set(rows["pattern"]) == set(PATTERNS) and set(rows["half"]) == {"train", "test"}
    assert rows.groupby(["dataset", "photo"])["half"].nunique().max() == 1


def test_figures_of_patterns_are_those_counted_by_hand():
    true = np.array(["plain"] * 6 + ["striped"] * 4)
    found = np.array(["plain"] * 5 + ["printed"] + ["striped"] * 3 + ["plain"])
    values = {name: value for name, (value, *_) in figures_of(true, found, np.arange(10).astype(str)).items()}
    assert values["accuracy"] == 0.8 and values["majority"] == 0.6
    assert values["plain recall"] == pytest.approx(5 / 6) and values["striped precision"] == 1


def test_the_main_colour_of_real_garments_agrees_with_the_shop(shared):
    root = shared / "data" / "products"
    rows = pd.read_csv(root / "images.csv", dtype=str, keep_default_na=False)
    rows = rows[(rows["split"] == "train") & (rows["colour"] != "")].sample(60, random_state=0)
    photos = [dict(photo=n, path=str(root / "images" / f"{n}.jpg"), width=60, height=80) for n in rows["image"]]
    photographed = look(Table.of(photos, [], []).photos)
    figures = agreement(photographed, found_colours(photographed))
    assert len(photographed) == 60
    assert figures["basic"][0] > 0.55 > figures["basic majority"][0]
