"""Settings dataclasses: read from NAME=VALUE on a command line, and checked."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

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
        value = json.loads(text.lower() if isinstance(default, bool) else text)
    except ValueError as error:
        raise ValueError(f"{pair!r}: expected a value like {default!r}") from error
    if not _like(value, default):
        raise ValueError(f"{pair!r}: expected {KINDS[type(default)]}, like {default!r}")
    return type(default)(value)


KINDS = {bool: "true or false", int: "a whole number", float: "a number"}


def _like(value: object, default: object) -> bool:
    """Whether a value has the type of a default; a whole number is a number, and 2.0 is a whole number."""
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if not isinstance(value, Real) or not math.isfinite(value):
        return False
    return not isinstance(default, int) or float(value).is_integer()


class Range(NamedTuple):
    """What a setting may be: as text, a value of its type, the least and the largest one."""

    words: str
    like: int | float
    low: float
    high: float = math.inf

    def __contains__(self, value: object) -> bool:
        return _like(value, self.like) and self.low <= value <= self.high  # type: ignore[operator]


COUNT = Range("a whole number, 1 or more", 1, 1)
WHOLE = Range("a whole number, 0 or more", 0, 0)
SHARE = Range("0 to 1", 0.0, 0, 1)
POSITIVE = Range("a number above 0", 1.0, math.ulp(0))
LIMIT = Range("a number, 0 or more", 0.0, 0)


def check_ranges(settings: Any, ranges: Mapping[Range, Iterable[str]]) -> None:
    """Raise a ValueError for a setting of a dataclass that is outside of its range: {range: names of settings}."""
    for allowed, names in ranges.items():
        for name in names:
            if getattr(settings, name) not in allowed:
                raise ValueError(f"{name}: expected {allowed.words}, got {getattr(settings, name)!r}")
