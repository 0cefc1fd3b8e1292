"""Numbers on the command line have the type and range of their setting."""

import pytest

from classifier.config import ClassifierConfig
from detector.config import DetectorConfig
from engine.settings import parse_settings


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("epochs=1.7", "epochs: expected a whole number, 1 or more, got 1.7"),
        ("size=33.3", "size: expected a whole number, 1 or more, got 33.3"),
        ("epochs=true", "'epochs=true': expected a number"),
        ("bfloat16=2", "'bfloat16=2': expected true or false"),
        ("learning_rate=NaN", "learning_rate: expected a number above 0, got nan"),
        ("epochs=NaN", "epochs: expected a whole number, 1 or more, got nan"),
        ("epochs=1e999", "epochs: expected a whole number, 1 or more, got inf"),
        ("epochs=1" + "0" * 400, "epochs: expected a whole number, 1 or more, got 10"),
        ("learning_rate=[1]", "'learning_rate=.1.': expected a number"),
    ],
)
def test_another_type_is_refused(pair, message):
    with pytest.raises(ValueError, match=message):
        ClassifierConfig(**parse_settings(ClassifierConfig, [pair]))


def test_numbers_are_read_as_people_write_them():
    given = parse_settings(ClassifierConfig, ["epochs=3.0", "learning_rate=1", "bfloat16=False", "box_input=true"])
    assert given == {"epochs": 3, "learning_rate": 1, "bfloat16": False, "box_input": True}
    assert [type(value) for value in given.values()] == [int, float, bool, bool]


@pytest.mark.parametrize(
    ("settings", "changes", "message"),
    [
        (ClassifierConfig, dict(epochs=-1), "epochs: expected a whole number, 1 or more, got -1"),
        (ClassifierConfig, dict(epochs=1.7), "epochs: expected a whole number, 1 or more, got 1.7"),
        (ClassifierConfig, dict(batch=0), "batch: expected a whole number, 1 or more, got 0"),
        (ClassifierConfig, dict(held_out=1.5), "held_out: expected 0 to 1, got 1.5"),
        (ClassifierConfig, dict(learning_rate=0), "learning_rate: expected a number above 0, got 0"),
        (ClassifierConfig, dict(weight_decay=-1.0), "weight_decay: expected a number, 0 or more, got -1.0"),
        (DetectorConfig, dict(steps=0), "steps: expected a whole number, 1 or more, got 0"),
        (DetectorConfig, dict(ema=float("nan")), "ema: expected 0 to 1, got nan"),
        (DetectorConfig, dict(zoom=(2.0, 1.0)), "zoom: expected a minimum and a maximum"),
        (DetectorConfig, dict(input_size=(0, 64)), "input_size: expected a height and a width"),
    ],
)
def test_a_value_outside_of_its_range_is_refused(settings, changes, message):
    with pytest.raises(ValueError, match=message):
        settings(**changes)
