"""The folder of a training run: locked while it trains, and tied to what the run was started with."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from garments.locking import lock
from garments.types import GARMENT_COLUMNS, Table

SETTINGS = "config.json"
INPUTS = "inputs.json"  # what the run was started with, besides its settings
PROGRESS = ("backup", "checkpoint", "metrics.jsonl")  # of Keras, of TensorFlow, of both: there is something to resume
PHOTO_COLUMNS = ["photo", "width", "height", "split", "group", "tags"]
DIGITS = 8  # of a digest


class Longer(NamedTuple):
    """What to say to who wants to train a run longer: the setting of its length, and the name of its best weights."""

    setting: str
    weights: str


@contextmanager
def run_folder(out: Path, settings: dict[str, Any], inputs: Mapping[str, str], longer: Longer) -> Iterator[None]:
    """Open the folder of a run, new or to be resumed; a start that fails before any progress does not block a retry.

    Args:
        out: the folder; settings are written to its config.json, inputs to inputs.json.
        settings: of the run.
        inputs: what else it depends on, see `inputs_of`.
        longer: see there.

    Raises:
        ValueError: the folder holds a run with other settings or inputs, or another process trains in it.
    """
    check(out, settings, inputs, longer)
    out.mkdir(parents=True, exist_ok=True)
    try:
        handle = lock(out / "lock")
    except BlockingIOError as error:
        raise ValueError(f"{out}: another training runs there; wait for its end, or give another --out") from error
    with handle:
        if not has_progress(out):
            shutil.rmtree(out / "records", ignore_errors=True)  # of a start with other data
        for name, content in ((SETTINGS, settings), (INPUTS, dict(inputs))):
            (out / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
        try:
            yield
        except BaseException:
            if not has_progress(out):
                for name in (SETTINGS, INPUTS):
                    (out / name).unlink(missing_ok=True)
            raise


def has_progress(out: Path) -> bool:
    """Whether a run in this folder can be resumed."""
    return any((out / name).exists() for name in PROGRESS)


def check(out: Path, settings: dict[str, Any], inputs: Mapping[str, str], longer: Longer) -> None:
    """Compare a run with that of a folder, if there is one; see `run_folder`."""
    there, bound = _read(out / SETTINGS), _read(out / INPUTS)
    if bound and not has_progress(out):
        return  # that start was killed
    now = json.loads(json.dumps(settings))
    values = {name: (there.get(name), now.get(name)) for name in ({**there, **now} if there else {})}
    values |= {name: (bound[name], inputs[name]) for name in bound.keys() & inputs.keys()}
    values = {name: pair for name, pair in values.items() if pair[0] != pair[1]}
    if list(values) == [longer.setting] and has_progress(out):
        raise ValueError(
            f"{out} holds a run with {longer.setting}={there[longer.setting]}; to train longer, start another run from "
            f"its weights: --init {out / longer.weights} and another --out"
        )
    if values:
        named = ", ".join(f"{name} (there {old!r}, now {new!r})" for name, (old, new) in values.items())
        raise ValueError(f"{out} holds a run with other settings or data: {named}; give the same, or another --out")


def inputs_of(table: Table, init: str | Path | None) -> dict[str, str]:
    """What every run depends on besides its settings: {name: a text that changes with the content}.

    Args:
        table: the training photos; not their pixels, and not where they lie.
        init: initial weights: a name, a file, a folder, or the beginning of the names of files.
    """
    photos, garments = table.photos[PHOTO_COLUMNS], table.garments[GARMENT_COLUMNS]
    rows = photos.to_csv(index=False) + garments.to_csv(index=False)
    data = f"{len(photos)} photos, {len(garments)} garments, {_digest(rows.encode())}"
    return {"data": data, "init": _content(init) if init else ""}


def further_inputs(**files: Iterable[Path] | Path | str | None) -> dict[str, str]:
    """Further inputs of a run by name, as files or as text; as `inputs_of` describes them."""
    given = {name: [value] if isinstance(value, Path) else value or () for name, value in files.items()}
    return {name: value if isinstance(value, str) else _content(*value) for name, value in given.items()}


def _content(*paths: str | Path) -> str:
    """The names of files or folders, each with a digest of its content; the name alone if nothing is there."""
    return ", ".join(f"{Path(path).name} {_digest_of_files(Path(path))}".strip() for path in paths)


def _digest_of_files(path: Path) -> str:
    files = sorted(path.rglob("*") if path.is_dir() else [path] if path.exists() else path.parent.glob(f"{path.name}*"))
    found = [(file.name, file.read_bytes()) for file in files if file.is_file()]
    return _digest(b"".join(name.encode() + content for name, content in found)) if found else ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]


def _read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
