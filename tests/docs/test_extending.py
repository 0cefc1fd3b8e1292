"""The worked examples of extending.md, put into a copy of the project and run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documents import FENCE, ROOT, of_block, text_of
from PIL import Image

from garments.command import PACKAGES
from garments.storage import save_table
from readers import read
from samples.generated import draw_person, paint
from samples.tiny import export_tiny_models, write_photos

SECTIONS = dict(
    re.findall(r"^## (Add a [\w ]+)$\n(.*?)(?=^## |\Z)", text_of(ROOT / "docs" / "extending.md"), re.M | re.S)
)


def apply(section: str, root: Path) -> list[tuple[str, ...]]:
    """Write the files and changes of a section below `root`; gives its commands."""
    names = iter(re.findall(r"^`([\w/]+\.py)`:$", section, re.M))
    found = []
    for kind, body in FENCE.findall(section):
        if kind == "python":
            (root / next(names)).write_text(body)
        elif kind == "diff":
            change(root, body)
        else:
            found += of_block(body)
    return found


def change(root: Path, diff: str) -> None:
    """Apply a change whose hunks are found by their lines."""
    header, _, hunks = diff.partition("\n")
    file = root / header.removeprefix("--- ")
    text = file.read_text()
    for hunk in hunks.split("@@\n"):
        lines = hunk.splitlines()
        before, after = ("\n".join(line[1:] for line in lines if line[0] in marks) for marks in (" -", " +"))
        assert text.count(before) == 1, f"{file.name}: {before!r}"
        text = text.replace(before, after)
    file.write_text(text)


@pytest.fixture(scope="module")
def copy(ccp, tmp_path_factory) -> Path:
    """A copy of the project, with a shop's export and predictions beside it."""
    root = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pipeline.py", root)
    export_tiny_models(root / "models")
    write_photos(root / "FOLDER", 2)
    (root / "PATH" / "images").mkdir(parents=True)
    for number in range(3):
        Image.fromarray(paint(draw_person(number), number)).save(root / "PATH" / "images" / f"{number}.png")
    (root / "PATH" / "products.csv").write_text("image,kind\n0.png,tee\n1.png,dress\n2.png,toga\n3.png,coat\n")
    tests = Path("tests", "engine", "backbones")
    shutil.copytree(ROOT / tests, root / tests, ignore=shutil.ignore_patterns("__pycache__"))
    truth = read(f"ccp:{ccp}").in_splits("val")
    for name in ("truth", "predicted"):
        save_table(truth, root / "seen" / "mobile" / name)
    return root


@pytest.mark.parametrize("title", SECTIONS)
def test_a_worked_example_works(title, copy, ccp):
    more = {"classifier.train": ["--tiny"]}
    output = ""
    for words in apply(SECTIONS[title], copy):
        words = [f"ccp:{ccp}" if word == "ccp:PATH" else word for word in words]
        done = subprocess.run(
            [sys.executable, *words[1:], *more.get(words[2], [])], cwd=copy, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        output += done.stdout
    if title == "Add a column":
        output += (copy / "FOLDER-garments" / "garments.csv").read_text()
    wanted = {
        "Add a data set": "2 problems",
        "Add a model": "verdict: ",
        "Add a backbone": "3 passed",
        "Add a report": "report/sizes/index.html",
        "Add a column": ",aspect_ratio\n",
    }
    assert wanted[title] in output


def test_there_are_five():
    assert list(SECTIONS) == ["Add a data set", "Add a model", "Add a backbone", "Add a report", "Add a column"]
