"""The rooms of the layout, who may import whom, that nothing goes in a circle, and what may import TensorFlow when."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SYSTEMS = {"detector", "classifier", "segmenter", "retriever", "generator", "recommender"}
LEVELS = [{"garments"}, {"photos"}, {"readers", "engine", "metrics"}, SYSTEMS, {"reports", "pipeline"}, {"web"}]
ROOMS = {room for level in LEVELS for room in level} | {"samples"}
EDGES = {"tests", "benchmarks", "notebooks", "docs"}  # import what they like, and nobody imports them
COMMANDS = {
    "train.py",
    "evaluate.py",
    "compare.py",
    "weak.py",
    "outlines.py",
}  # of a system: may import readers and metrics
MORE = {  # what single files may import besides
    "pipeline/demo.py": {"samples"},
    "readers/__main__.py": {"reports"},  # --page
    "retriever/search.py": {"reports"},  # --page
    "recommender/recommend.py": {"reports"},  # --page
    "recommender/complete.py": {"metrics"},  # --questions
}
LOAD = ("garments/__init__.py", "pipeline")  # garments.load imports the pipeline as it is called
TENSORFLOW = {"tensorflow", "tf_keras", "keras", "official"}


def files() -> list[Path]:
    return [path for room in sorted(ROOMS) for path in sorted((ROOT / room).rglob("*.py"))]


def name_of(path: Path) -> str:
    """The module in a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in files()}
FOLDERS = sorted({path.relative_to(ROOT).parts[0] for path in MODULES.values()})


def imported(node: ast.AST) -> Iterator[str]:
    """The modules that an import names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        within = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from {module if module in MODULES else node.module or "" for module in within}


@cache
def imports(path: Path) -> frozenset[str]:
    """All that a file imports, at its top or in a function; without what garments.load does."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {name for node in ast.walk(tree) for name in imported(node)}
    file, room = LOAD
    if path == ROOT / file:
        at_import = {name for node in tree.body for name in imported(node)}
        found = {name for name in found if room_of(name) != room or name in at_import}
    return frozenset(found)


def room_of(module: str) -> str:
    return module.partition(".")[0]


def allowed(path: Path) -> set[str]:
    """The rooms that a file may import."""
    name = path.relative_to(ROOT).as_posix()
    room = room_of(name_of(path))
    if room == "samples":
        return ROOMS
    at = next(number for number, level in enumerate(LEVELS) if room in level)
    below = {other for level in LEVELS[:at] for other in level}
    if room in SYSTEMS and path.name not in COMMANDS:
        below -= {"readers", "metrics"}
    neighbour = {"retriever"} if room == "recommender" else set()
    return {room} | below | neighbour | MORE.get(name, set())


def test_each_folder_of_modules_is_a_room_or_an_edge():
    found = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("*/*.py")}
    assert found <= ROOMS | EDGES


@pytest.mark.parametrize("room", FOLDERS)
def test_a_room_imports_only_what_lies_below(room):
    wrong = {
        f"{path.relative_to(ROOT)}: {other}"
        for path in (ROOT / room).rglob("*.py")
        for other in {room_of(name) for name in imports(path)} & (ROOMS | EDGES) - allowed(path)
    }
    assert not wrong


def test_no_module_imports_itself_by_way_of_others():
    graph = {name: imports(path) & set(MODULES) for name, path in MODULES.items()}
    list(TopologicalSorter(graph).static_order())  # a CycleError names the circle


@pytest.mark.parametrize("room", ["garments", "photos", "readers", "metrics", "reports"])
def test_a_room_does_without_tensorflow(room):
    assert not [path for path in (ROOT / room).rglob("*.py") if {room_of(name) for name in imports(path)} & TENSORFLOW]


ENTRANCES = [
    "garments",
    "photos.reading",
    "readers",
    "reports.classifier",
    "pipeline.cli",
    "web.cli",
    "detector.predict",
    "detector.train",
    "classifier.predict",
    "classifier.train",
    "segmenter.train, segmenter.predict, segmenter.compare",
    "generator.train, generator.evaluate, generator.export, generator.sample",
    "retriever.train, retriever.index, retriever.search, retriever.outlines, retriever.vectors, retriever.config",
    "recommender.train, recommender.evaluate, recommender.complete, recommender.recommend",
    "engine.load, engine.export, engine.checksums, engine.sampling, engine.crops, engine.settings, engine.backbones",
]


def test_tensorflow_is_not_imported_until_it_is_needed():
    code = f"""if True:
        import sys
        for modules in {ENTRANCES}:
            exec(f"import {{modules}}")
            if found := {TENSORFLOW} & set(sys.modules):
                sys.exit(f"{{modules}}: {{found}}")
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
