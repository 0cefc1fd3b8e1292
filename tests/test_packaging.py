"""pyproject.toml names every package and all that each of them imports; running needs nothing of training."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import garments
from garments.command import PACKAGES

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNNING = ["pipeline.cli", "garments", "detector.predict", "classifier.predict"]
BROUGHT_ALONG = {
    "orbit": "tf-models-official",
    "keras": "tensorflow",
    "starlette": "fastapi",
    "pydantic": "fastapi",
}  # import -> the package that brings it
HELPERS = {"tests", "benchmarks", "documents", "file_map", "in_browser"}  # what tests import from beside them
FOR_DEVELOPERS = [ROOT / "samples", ROOT / "tests", ROOT / "pipeline" / "demo.py"]


def name_of(distribution: str) -> str:
    return re.split(r"[^\w.-]", distribution)[0].lower().replace("_", "-")


def declared(*extras: str) -> set[str]:
    """The names of the packages that pyproject.toml declares, with those of extras."""
    listed = PROJECT["project"]["dependencies"]
    listed = listed + [entry for extra in extras for entry in PROJECT["project"]["optional-dependencies"][extra]]
    return {name_of(entry) for entry in listed}


@cache
def imports(file: Path) -> frozenset[str]:
    """The modules that a file imports when it runs, at its top or in a function; not those for types alone."""
    every = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    guards = [node for node in every if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    for_types = {node for guard in guards for statement in guard.body for node in ast.walk(statement)}
    nodes = [node for node in every if node not in for_types]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return frozenset(names | {f"{node.module}.{alias.name}" for node in froms for alias in node.names})


def file_of(module: str) -> Path | None:
    """The file of a module of the project, or of the module that holds the name."""
    path = ROOT.joinpath(*module.split("."))
    files = [path.with_suffix(".py"), path / "__init__.py", path.parent.with_suffix(".py"), path.parent / "__init__.py"]
    return next((file for file in files if file.is_file() and file != ROOT / "pipeline.py"), None)


def reached(modules: list[str]) -> set[Path]:
    """The files of the project that these modules import, and so on."""
    seen, waiting = set(), list(modules)
    while waiting:
        module = waiting.pop()
        file = file_of(module) if module.partition(".")[0] in PACKAGES else None
        if file and file not in seen:
            seen.add(file)
            waiting += imports(file)
    return seen


def needed(files: set[Path]) -> set[str]:
    """The packages that have what the files import."""
    tops = {module.partition(".")[0] for file in files for module in imports(file)}
    foreign = tops - sys.stdlib_module_names - HELPERS - set(PACKAGES)
    found = packages_distributions()
    return {name_of(BROUGHT_ALONG.get(top) or found[top][0]) for top in foreign}


def test_running_needs_what_is_declared():
    assert needed(reached(RUNNING)) <= declared() | {"ray"}  # --engine ray says what it needs


def test_serving_needs_what_is_declared():
    assert needed(reached(["web.cli"])) <= declared("web", "store")


def for_developers(file: Path) -> bool:
    return any(file.is_relative_to(place) for place in FOR_DEVELOPERS)


def test_training_needs_what_is_declared():
    files = {path for room in PACKAGES for path in (ROOT / room).rglob("*.py")}
    assert needed({file for file in files if not for_developers(file)}) <= declared("train", "web", "store", "scale")


def test_developing_needs_what_is_declared():
    files = {path for folder in ("samples", "tests", "pipeline") for path in (ROOT / folder).rglob("*.py")}
    assert needed({file for file in files if for_developers(file)}) <= declared("train", "web", "store", "scale", "dev")


@pytest.mark.parametrize(
    "package", ["tf-models-official", "tf-keras", "pytest", "scikit-image", "opencv-python-headless"]
)
def test_running_does_without(package):
    assert package not in declared()


def test_every_room_is_installed():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == rooms


def test_the_command_line_knows_every_room_as_its_own():
    assert set(PACKAGES) == {path.parent.name for path in ROOT.glob("*/__init__.py")}


def test_the_version_has_an_entry_in_the_changelog():
    assert f"## [{garments.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_each_locked_package_has_a_checksum():
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8").strip())
    assert [entry for entry in entries if not re.match(r"[\w.-]+==\S+.*\\\n +--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_every_declared_package_is_locked():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {name_of(line) for line in lock.splitlines() if re.match(r"[\w.-]+==", line)}
    assert declared("train", "web", "store", "scale", "dev") - {"garments"} <= locked
