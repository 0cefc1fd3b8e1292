"""What comparisons of trained models share: photos, work that is done once, and the machine."""

import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garments.types import Table

DONE = "result.json"  # written last


@dataclass(frozen=True)
class Photos:
    """What all contestants learn from and are judged on.

    Attributes:
        training: photos to learn from.
        judged_on: photos to predict.
        inputs: what else runs are tied to, see `engine.run_folder.further_inputs`.
    """

    training: Table
    judged_on: Table
    inputs: dict[str, str]


def once(folder: Path, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `work` returned when it first came to its end in this folder; it can be written as JSON."""
    if not (folder / DONE).exists():
        part = folder / f"{DONE}.part"
        part.write_text(json.dumps(work(), indent=1), encoding="utf-8")
        part.replace(folder / DONE)
    return json.loads((folder / DONE).read_text(encoding="utf-8"))


def machine(processor: Path = Path("/proc/cpuinfo")) -> str:
    """This machine in words: its processor and how many cores it has."""
    lines = processor.read_text(encoding="utf-8").splitlines() if processor.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores"
