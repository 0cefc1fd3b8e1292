"""Settings dataclasses: read from NAME=VALUE on a command line, and checked."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

LARGEST = 1e15  # a setting
Value: TypeAlias = str | int | float | bool | tuple


def parse_settings(config_class: type, pairs: list[str]) -> dict:
    """The settings that the pairs name, with values of the types of a dataclass whose fields all have defaults.

    Raises:
        ValueError: not NAME=VALUE, no setting of that name, or a value of another type.
    """
    defaults: dict[str, Any] = {f.name: f.default for f in fields(config_class)}
    settings = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or name not in defaults:
            raise ValueError(f"{pair!r}: expected NAME=VALUE with NAME one of {', '.join(defaults)}")
        settings[name] = _value(text, defaults[name], pair)
    return settings


def _value(text: str, default: Value, pair: str) -> Value:
    if isinstance(default, str):
        return text
    try:
        if isinstance(default, tuple):
            is_text = isinstance(next(iter(default), None), str)
            return tuple(text.split(",") if is_text else json.loads(f"[{text}]"))
        value: Any = json.loads(text.lower() if isinstance(default, bool) else text)
    except ValueError as error:
        raise ValueError(f"{pair!r}: expected a value like {default!r}") from error
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise ValueError(f"{pair!r}: expected true or false")
    if not _is_number(value):
        raise ValueError(f"{pair!r}: expected a number")
    if not abs(value) <= LARGEST or (isinstance(default, int) and value != int(value)):
        return value  # it has no such type; its range refuses it
    return type(default)(value)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


class Range(NamedTuple):
    """What a setting may be: in words, whether it is a whole number, the least and the largest one."""

    words: str
    whole: bool
    low: float
    high: float = LARGEST

    def __contains__(self, value: Any) -> bool:
        in_range = _is_number(value) and self.low <= value <= self.high
        return in_range and (not self.whole or float(value).is_integer())


COUNT = Range("a whole number, 1 or more", True, 1)
WHOLE = Range("a whole number, 0 or more", True, 0)
SHARE = Range("0 to 1", False, 0, 1)
POSITIVE = Range("a number above 0", False, math.ulp(0))
LIMIT = Range("a number, 0 or more", False, 0)


def check_ranges(settings: Any, ranges: Mapping[Range, Iterable[str]]) -> None:
    """Raise a ValueError for a setting of a dataclass that is outside of its range: {range: names of settings}."""
    for allowed, names in ranges.items():
        for name in names:
            if getattr(settings, name) not in allowed:
                raise ValueError(f"{name}: expected {allowed.words}, got {getattr(settings, name)!r}")
