"""Is anything lost when runs are killed? python benchmarks/kills.py FOLDER [--kills 30] [--models models]

Runs the pipeline on FOLDER without interruption. Then runs it into an empty folder and kills it with SIGKILL at a
random moment, up to five times, lets the next run finish, and compares every file with the uninterrupted run, byte by
byte; repeats this until so many running processes were killed. Every third kill waits until the outputs are written.
"""

import argparse
import filecmp
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from pipeline.files import FOLDER
from samples.tiny import export_tiny_models

ROOT = Path(__file__).resolve().parents[1]
KILLS_A_ROUND = 5


class Runs:
    """Runs of the pipeline on one folder that are killed."""

    def __init__(self, folder: Path, work: Path, models: Path, seed: int = 0):
        """Args: folder: the photos; work: an empty folder; models: a folder; seed: of the moments."""
        self._command: list[str | Path] = [sys.executable, ROOT / "pipeline.py", folder, "--models", models, "--out"]
        self._reference, self._out, self._random = work / "reference", work / "killed", random.Random(seed)
        self.met: Counter[str] = Counter()
        start = time.monotonic()
        self._complete(self._reference)
        self._seconds = time.monotonic() - start

    def round(self, kills: int) -> list[str]:
        """Kill so many runs into an empty folder, let the next one finish; returns the files that differ."""
        shutil.rmtree(self._out, ignore_errors=True)
        for number in range(kills):
            self._kill(while_writing=number % 3 == 2)
        self._complete(self._out)
        return differences(self._reference, self._out)

    def _complete(self, out: Path) -> None:
        done = subprocess.run([*self._command, out], capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"a run ended with {done.returncode}: {done.stderr[-2000:]}")

    def _kill(self, while_writing: bool) -> None:
        """Start a run and kill it; `met` counts the state it was in."""
        quiet, command = subprocess.DEVNULL, [*self._command, self._out]
        process = subprocess.Popen(command, start_new_session=True, stdout=quiet, stderr=quiet)
        moment = time.monotonic() + self._random.uniform(0.1, self._seconds)
        while process.poll() is None and not (self._writing() if while_writing else time.monotonic() > moment):
            time.sleep(0.002)
        time.sleep(self._random.uniform(0, 0.03) if while_writing else 0)
        ended = process.poll() is not None
        if not ended:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.met["after its end" if ended else self._state()] += 1

    def _writing(self) -> bool:
        return any(path.suffix == "" and is_table(path) for path in (self._out / FOLDER).glob("part-*"))

    def _state(self) -> str:
        """The state of the run when it was killed, from its journal."""
        journal = self._out / FOLDER / "journal.sqlite"
        if not journal.exists():
            return "before the first group of photos was done"
        with closing(sqlite3.connect(journal)) as data:
            try:
                done, files = data.execute("SELECT count(record), count(*) FROM files").fetchone()
            except sqlite3.OperationalError:
                return "before the first group of photos was done"
        if done == files and files:
            return "while outputs were written"
        return "between photos" if done else "before the first group of photos was done"


def is_table(path: Path) -> bool:
    """Whether an unfinished file is a table or part of the page, not a picture."""
    try:
        with open(path, "rb") as file:
            start = file.read(2)
    except FileNotFoundError:
        return False
    return bool(start) and start != b"\xff\xd8"


def files(out: Path) -> set[str]:
    """The output files of a run, without its journal."""
    every = (path.relative_to(out) for path in out.rglob("*") if path.is_file())
    return {str(path) for path in every if path.parts[0] != FOLDER}


def differences(reference: Path, out: Path) -> list[str]:
    """Output files that differ, or are in one folder only."""
    expected, found = files(reference), files(out)
    same, _, _ = filecmp.cmpfiles(reference, out, expected & found, shallow=False)
    return sorted((expected | found) - set(same))


def main(arguments: list[str] | None = None) -> int:
    """The command line; exit status 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python benchmarks/kills.py", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the photos")
    parser.add_argument("--kills", type=int, default=30, help="how many runs to kill (default: %(default)s)")
    parser.add_argument("--models", default=ROOT / "models", help="their folder, or tiny (default: the shipped ones)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as work:
        tiny = str(args.models) == "tiny"
        runs = Runs(
            args.folder, Path(work), export_tiny_models(Path(work, "models")) if tiny else args.models, args.seed
        )
        lost, rounds = [], 0
        while (killed := runs.met.total() - runs.met["after its end"]) < args.kills:
            lost += runs.round(min(KILLS_A_ROUND, args.kills - killed))
            rounds += 1
        reference = len(files(Path(work, "reference")))
    print(f"{killed} runs killed in {rounds} rounds: " + ", ".join(f"{n} {state}" for state, n in runs.met.items()))
    print(f"{reference} files compared in each round, {len(lost)} lost or different {lost[:10] or ''}")
    return bool(lost)


if __name__ == "__main__":
    raise SystemExit(main())
