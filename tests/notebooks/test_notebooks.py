"""Each notebook runs top to bottom with its smallest settings, is committed bare, and uses public names only."""

import ast
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"), key=lambda file: int(file.stem.partition("_")[0]))
REAL = ROOT.parent / "shared" / "data"
TRAINING = ("2", "3", "7", "8", "10")
# as the fixture without_graph_optimisation; binds no name that a notebook could use by mistake
UNOPTIMISED = "__import__('tensorflow').config.optimizer.set_experimental_options({'disable_meta_optimizer': True})"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> Path:
    """A folder to run in, so that nothing is written beside the notebooks."""
    folder = tmp_path_factory.mktemp("run") / "notebooks"
    folder.mkdir()
    return folder


def run(file: Path, folder: Path, data: Path, monkeypatch) -> nbformat.NotebookNode:
    """The notebook with its outputs; raises CellExecutionError where a cell fails."""
    monkeypatch.setenv("SMALL", "1")
    monkeypatch.setenv("DATA", str(data))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(file, as_version=4)
    if file.stem.partition("_")[0] in TRAINING:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(UNOPTIMISED))
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs_on_real_photos_where_they_are_at_hand(file, elsewhere, monkeypatch):
    notebook = run(file, elsewhere, REAL, monkeypatch)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in shown)


@pytest.mark.parametrize("file", [NOTEBOOKS[0], NOTEBOOKS[3]], ids=lambda file: file.stem)
def test_a_notebook_runs_on_generated_photos(file, elsewhere, monkeypatch):
    if not REAL.is_dir():
        pytest.skip("the test above did, as there are no real photos")
    run(file, elsewhere, elsewhere / "nowhere", monkeypatch)


def test_there_are_eleven_notebooks():
    assert [int(file.stem.partition("_")[0]) for file in NOTEBOOKS] == list(range(1, 12))


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_committed_bare(file):
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    for cell in notebook.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None and not cell.metadata


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_uses_public_names_and_defines_little(file):
    cells = [cell.source for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]
    tree = ast.parse("\n".join(re.sub(r"^%.*", "", source, flags=re.M) for source in cells))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    names += [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert not [name for name in names if name.startswith("_")]
    assert sum(isinstance(node, ast.FunctionDef) for node in ast.walk(tree)) <= 2
