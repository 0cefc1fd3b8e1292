"""The pipeline on one file of every type."""

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.hostile import check, generate
from pipeline.run import Options, run
from samples.hostile import BAD, GOOD, make


@pytest.fixture
def mix(tmp_path) -> Path:
    """Each good file once, each bad one twice, with plain photos between them."""
    (tmp_path / "source").mkdir()
    for number in range(3):
        Image.effect_noise((60, 90), 40 + number).convert("RGB").save(tmp_path / f"source/{number}.jpg")
    generate(tmp_path / "source", tmp_path / "mix", photos=len(GOOD) + 2 * len(BAD) + 20, bad=2 * len(BAD))
    return tmp_path / "mix"


def test_good_and_bad_files_are_separated_and_nothing_is_lost(models, mix, tmp_path, shared):
    summary = run(mix, tmp_path / "out", Options(tmp_path, batch=8))
    assert check(mix, tmp_path / "out") == []
    assert (summary.photos, summary.problems) == (len(GOOD) + 20, 2 * len(BAD))
    done = subprocess.run(
        [sys.executable, str(shared / "check_outputs.py"), str(mix), str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    page = (tmp_path / "out/index.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page


def test_what_is_lost_or_misjudged_is_seen_by_the_check(models, mix, tmp_path):
    run(mix, tmp_path / "out", Options(tmp_path))
    for name, column in (("photos.csv", "photo"), ("problems.csv", "file")):
        with (tmp_path / "out" / name).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        with (tmp_path / "out" / name).open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, rows[0])
            table.writeheader()
            table.writerows([*rows[1:], {**rows[-1], column: "new.jpg"}])
    starts = Counter(line.partition(":")[0] for line in check(mix, tmp_path / "out"))
    assert starts["lost"] == 1 and starts["made up"] == 1 and starts["failed, but not in problems.csv"] >= 1


def test_heic_of_a_phone_goes_through(models, tmp_path):
    (tmp_path / "photos").mkdir()
    make("HEIC", tmp_path / "photos", Image.effect_noise((60, 90), 60).convert("RGB"))
    assert run(tmp_path / "photos", tmp_path / "out", Options(tmp_path)).garments == 2
