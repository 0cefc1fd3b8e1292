"""Settings dataclasses: read from NAME=VALUE on a command line, saved in the folder of their run."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeAlias

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
        value = type(default)(json.loads(text))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{pair!r}: expected a value like {default!r}") from error
    return value


def check_settings(settings: dict, out: Path) -> None:
    """Compare the settings with those of the run in a folder, if there is one.

    Raises:
        ValueError: the folder holds a run with other settings.
    """
    file, text = out / "config.json", json.dumps(settings, indent=1)
    if file.exists() and file.read_text() != text:
        old, new = json.loads(file.read_text()), json.loads(text)
        other = ", ".join(name for name in {**old, **new} if old.get(name) != new.get(name))
        raise ValueError(
            f"{file} holds other settings ({other}); use another --out, or the settings it was started with"
        )


def keep_settings(settings: dict, out: Path) -> None:
    """Check the settings of a run with `check_settings` and write them into its folder."""
    check_settings(settings, out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(settings, indent=1))
