"""The one-way import rule of the layout, and what may import TensorFlow when."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("garments", "photos", "readers", "engine", "metrics", "detector", "classifier", "reports", "pipeline")
LEAVES = {"garments", "photos"}
COMMANDS = {"train.py", "evaluate.py", "weak.py", "__main__.py"}  # may import readers, metrics and reports
ALLOWED = {
    "garments": {"garments"},
    "photos": LEAVES,
    "readers": {"readers"} | LEAVES,
    "engine": {"engine"} | LEAVES,
    "metrics": {"metrics"} | LEAVES,
    "detector": {"detector", "engine"} | LEAVES,
    "classifier": {"classifier", "engine"} | LEAVES,
    "reports": {"reports", "metrics"} | LEAVES,
    "pipeline": set(PACKAGES),
}


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_what_the_layout_allows(package):
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        allowed = ALLOWED[package] | ({"readers", "metrics", "reports"} if path.name in COMMANDS else set())
        assert imported(path) & set(PACKAGES) <= allowed, path


def test_garments_and_readers_do_without_tensorflow():
    for package in ("garments", "photos", "readers", "metrics", "reports"):
        for path in (ROOT / package).rglob("*.py"):
            assert not imported(path) & {"tensorflow", "keras", "tf_keras", "official"}, path


@pytest.mark.parametrize("module", ["pipeline.cli", "detector.predict", "classifier.predict", "readers"])
def test_tensorflow_is_not_imported_until_it_is_needed(module):
    code = f"import sys, {module}; sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'official')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
