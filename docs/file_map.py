"""Writes docs/files.md, the map of files: python docs/file_map.py"""

import ast
import subprocess
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORDS = {  # of files that cannot say it themselves
    ".ci/installed": "Installs the application alone and runs it from another folder.",
    ".ci/run": "What CI runs on a clean clone.",
    ".dockerignore": "What does not go into the image.",
    ".gitignore": "What is made and never committed.",
    "Dockerfile": "The image of the server.",
    "LICENSE": "MIT.",
    "Makefile": "Install, demo, tests, reports, notebooks, API pages.",
    "README.md": "The way in.",
    "compose.yaml": "The server in a container, with a token, on a read-only disk.",
    "docs/dataflow.svg": "The diagram of the tour.",
    "docs/files.md": "This page.",
    "docs/example.jpg": "What the pipeline draws on a photo.",
    "docs/page.jpg": "The page of a run.",
    "docs/generated.jpg": "Samples of the shipped generator.",
    "docs/generated-25-minutes.jpg": "Samples of `diffaugment` after 26 minutes.",
    "docs/generated-dcgan.jpg": "Samples of `dcgan` after 26 minutes.",
    "pyproject.toml": "The package, what it depends on, settings of the linter, the type checker and pytest.",
    "requirements.lock": "Every package with its version and checksums; `make` installs it.",
    "benchmarks/requirements.txt": "What torchvision's side of the benchmark needs.",
    "benchmarks/onlooker.csv": "Boxes of 188 photos of ccp that were drawn by eye without their labels.",
    "benchmarks/patterns_by_eye.csv": "The pattern of 696 garments, seen by eye.",
    "benchmarks/shop_colours.csv": "The shop's words for colours -> names and basic colours.",
    "garments/deepfashion2_landmarks.csv": "Which points of DeepFashion2 are which landmarks.",
    "garments/taxonomy.csv": "Labels of data sets -> part and category.",
    "photos/colour_names.json": "What names of colours mean: weights, learned by `benchmarks/colours.py --fit`.",
    "photos/patterns.json": "The classifier of patterns: weights, learned by `benchmarks/patterns.py --fit`.",
    "readers/ccp/boxes.csv": "Boxes of 1,089 photos of ccp that come with tags only, drawn by eye, for `--boxes`.",
    "readers/ccp/landmarks.csv": "Landmarks of 64 photos of ccp, placed by eye.",
    "segmenter/classes.csv": "Labels of data sets that are no garments -> class of a pixel.",
    "samples/ccp.csv": "The files of Clothing Co-Parsing that are downloaded, their splits and checksums.",
    "samples/clothing.csv": "The split of each sender of the Clothing dataset.",
    "samples/photos.csv": "The dozen photos of the demo.",
    "pipeline/page.html": "The template of the page of a run.",
    "reports/page.html": "The template of the pages of reports.",
    "web/static/correct.js": "Corrections of labels and boxes on the page.",
    "web/static/htmx.LICENSE.txt": "The licence of htmx: Zero-Clause BSD.",
    "web/static/htmx.min.js": "htmx 2.0.11, as its package has it.",
    "web/static/page.css": "How the pages look, light and dark, wide and narrow.",
    "web/static/upload.js": "Sends photos and says how far it is.",
    "web/templates/layout.html": "What the pages share.",
    "web/templates/page.html": "The page to drop photos on.",
    "web/templates/photo.html": "A photo on the page, with its garments.",
    "web/templates/reference.html": "The page on the JSON API.",
}
MADE = "A shipped model: SavedModel, config.json, weights.json"


def files() -> list[str]:
    """The files of the project, relative to its root."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(name for name in set(names) if (ROOT / name).is_file() and not (ROOT / name).is_symlink())


def line_of(name: str) -> str:
    """What a file is, in a line: the first of its docstring, or its heading.

    Raises:
        ValueError: it does not say.
    """
    path, words = ROOT / name, WORDS.get(name, "")
    if name.endswith(".py"):
        words = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or _tests_of(name)).splitlines()[0]
    elif not words and name.endswith((".md", ".ipynb")):
        lines = path.read_text(encoding="utf-8").replace('"', "").splitlines()
        words = (
            next(line.strip(" ").removesuffix(r"\n,") for line in lines if line.strip(" ").startswith("# "))[2:] + "."
        )
    if not words:
        raise ValueError(f"{name}: give it a docstring, a heading, or a line in WORDS of docs/file_map.py")
    return words.replace("|", r"\|")


def _tests_of(name: str) -> str:
    """What a test without a docstring is about, by its name."""
    stem = Path(name).stem.removeprefix("test_").replace("_", " ")
    return f"Tests: {stem}." if name.startswith("tests/") else ""


def file_map(names: list[str]) -> str:
    """The page, for these files; the files of a shipped model are one line."""
    names = list(dict.fromkeys("/".join(n.split("/")[:2]) + "/" if _of_model(n) else n for n in names))
    text = ["# Map of files", "", "Each file with its line; `make files` writes this page.", ""]
    for folder, group in groupby(sorted(names, key=lambda n: (_folder(n), n)), _folder):
        rows = [f"| `{name}` | {MADE if name.endswith('/') else line_of(name)} |" for name in group]
        text += [f"## {folder or 'The root'}", "", "| file | what |", "| --- | --- |", *rows, ""]
    return "\n".join(text).rstrip() + "\n"


def _of_model(name: str) -> bool:
    return name.startswith("models/") and name.count("/") > 1


def _folder(name: str) -> str:
    return name.rstrip("/").rpartition("/")[0]


if __name__ == "__main__":
    (ROOT / "docs" / "files.md").touch()
    (ROOT / "docs" / "files.md").write_text(file_map(files()), encoding="utf-8")
