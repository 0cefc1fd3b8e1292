"""Every command of the documents is parsed by its module's real parser; README, train.md and retrain.md are run."""

import argparse
import re
import shutil
import subprocess
import sys
from contextlib import chdir
from importlib import import_module
from pathlib import Path

import pytest
from documents import DOCUMENTS, ROOT, Command, commands, text_of
from matplotlib import cbook
from PIL import Image

from classifier.config import ClassifierConfig
from detector.config import DetectorConfig
from engine.backbones import BACKBONES
from engine.settings import parse_settings
from garments.storage import save_table
from readers import READERS, read
from readers.ccp.landmarks import with_landmarks
from recommender.config import CompatibilityConfig
from reports.compare import settings_of
from retriever.config import EmbedderConfig
from retriever.match.config import MatchConfig
from samples.generated import draw_person, paint
from samples.shallow import shallow
from segmenter.config import SegmenterConfig

pytestmark = pytest.mark.usefixtures("without_graph_optimisation")
# extending.md speaks of modules that are not there; test_extending.py makes them and runs its commands
LISTED = [file for file in DOCUMENTS if file.stem != "extending"]
ALL = [(file, command) for file in LISTED for command in dict.fromkeys(commands(text_of(file)))]
SETTINGS = {
    "detector.train": DetectorConfig,
    "classifier.train": ClassifierConfig,
    "segmenter.train": SegmenterConfig,
    "segmenter.compare": SegmenterConfig,
    "retriever.train": EmbedderConfig,
    "recommender.train": CompatibilityConfig,
    "classification": ClassifierConfig,  # tasks of reports.compare
    "detection": DetectorConfig,
    "segmentation": SegmenterConfig,
}
MISSING = ("the following arguments are required", "expected one argument", "expected at least one argument")


class Parsed(Exception):
    """The command line was parsed; ends the command before it does anything."""


class Refused(Exception):
    """The parser's words."""


def main_of(words: tuple[str, ...]):
    """The module of a Python command, whose `main` it runs, and its arguments."""
    if words[1] == "-m":
        is_package = (ROOT / words[2]).is_dir()
        return import_module(f"{words[2]}.__main__" if is_package else words[2]), list(words[3:])
    if words[1] == "pipeline.py":
        return import_module("pipeline.cli"), list(words[2:])
    return import_module(words[1].removesuffix(".py").replace("/", ".")), list(words[2:])


def source_of(script: str) -> str:
    """Its text; of pipeline.py that of the module it runs."""
    return (ROOT / ("pipeline/cli.py" if script == "pipeline.py" else script)).read_text()


@pytest.fixture
def parse(monkeypatch):
    """A function that parses the arguments of a module's `main` and gives the values, or raises Refused."""
    parse_args = argparse.ArgumentParser.parse_args

    def stop(self, args=None, namespace=None):
        raise Parsed(parse_args(self, args, namespace))

    def refuse(self, message):
        raise Refused(message)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    monkeypatch.setattr(argparse.ArgumentParser, "error", refuse)

    def values(module, arguments):
        monkeypatch.setattr(sys, "argv", [module.__name__, *arguments])
        with pytest.raises(Parsed) as parsed:
            module.main()
        return vars(parsed.value.args[0])

    return values


def test_the_documents_have_commands():
    assert len(ALL) > 60 and len({file for file, _ in ALL}) >= 6


@pytest.mark.parametrize(
    "file, command", ALL, ids=lambda value: " ".join(value.words) if isinstance(value, Command) else value.stem
)
def test_a_command_is_one_that_its_program_takes(file, command, parse):
    words = tuple("ccp" if word == "NAME" else word for word in command.words)
    if words[0] == "make":
        assert words[1] in re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
    elif words[0] == "bash" or (words[1].endswith(".py") and "ArgumentParser" not in source_of(words[1])):
        assert (ROOT / words[1]).is_file()  # a script that takes no options
    elif words[1] != "-X":
        module, arguments = main_of(words)
        try:
            given = parse(module, arguments)
        except Refused as refused:
            assert (command.inline and str(refused).startswith(MISSING)) or MISSING[1] in str(refused), refused
            return
        assert all(source.partition(":")[0] in {*READERS, "NAME"} for source in given.get("data") or [])
        kind = MatchConfig if given.get("model") == "match" else SETTINGS.get(module.__name__)
        parse_settings(kind, given["set"]) if kind else None
        for task, pairs in settings_of(given["set"]).items() if module.__name__ == "reports.compare" else ():
            parse_settings(SETTINGS[task], pairs)


@pytest.fixture(scope="module")
def world(ccp, clothing, tmp_path_factory) -> Path:
    """A folder with what the documents speak of, small: data sets, photos, models."""
    root = tmp_path_factory.mktemp("world")
    coco = root / "coco"
    shutil.copytree(ccp / "photos", coco / "images")
    import_module("readers.__main__").main(
        ["ccp", str(ccp), "--split", "train", "--split", "val", "--coco", str(coco / "a.json")]
    )
    text = re.sub(r'"file_name": "(\w+)"', r'"file_name": "\1.jpg"', (coco / "a.json").read_text())
    (coco / "a.json").write_text(text)
    for split, numbers in (("train", range(12)), ("val", range(12, 15))):
        for number in numbers:
            folder = root / "folders" / split / ("tee", "dress", "coat")[number % 3]
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(paint(draw_person(number), number)).save(folder / f"{number}.png")
    shutil.copytree(coco / "images", root / "FOLDER")
    for photo in sorted((root / "FOLDER").iterdir())[3:]:
        photo.unlink()
    shutil.copy(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False), root / "FOLDER")
    (root / "models").mkdir()
    for name in ("img", "img_bbox"):
        (root / "models" / name).symlink_to(ROOT / "models" / name)
    return root


def tiny(words: tuple[str, ...], world: Path, ccp: Path, clothing: Path) -> tuple[str, ...]:
    """The command on small data, with settings that train in seconds."""
    paths = {"ccp:PATH": f"ccp:{ccp}", "clothing:PATH": f"clothing:{clothing}", "coco:PATH": f"coco:{world / 'coco'}"}
    paths |= {"folders:PATH": f"folders:{world / 'folders'}", "cpu": "tiny", "steps=1000": "steps=2"}
    paths |= {"PHOTO": str(world / "FOLDER" / "grace_hopper.jpg")}  # the shipped models find garments in it
    words = tuple(paths.get(word, word) for word in words)
    if words[2] == "readers":
        words = tuple(str(world / words[3]) if word == "PATH" else word for word in words)
    return (*words, "--tiny") if words[2] == "classifier.train" else words


def run(document: Path, world: Path, ccp: Path, clothing: Path) -> None:
    """The commands of the blocks of a document, in their order, in the current folder."""
    for words, inline in commands(text_of(document)):
        if inline or words[0] == "make":  # demo, report, notebooks take minutes, on real photos
            continue
        words = tiny(words, world, ccp, clothing)
        if words[2] == "reports.pipeline":
            seen = ["--data", f"ccp:{ccp}", "--out", "seen/pipeline"]
            import_module("pipeline.evaluate").main(["--models", "mymodels", *seen])
        module, arguments = main_of(words)
        assert not module.main(arguments), " ".join(words)


@pytest.fixture(scope="module")
def after_training(world, ccp, clothing) -> Path:
    """The folder in which README and train.md were run; `img`, which they do not train, is the shipped one.

    What starts with random weights has a shallow backbone; retrain.md trains the ResNet50 of the shipped weights.
    """
    folder = world / "training"
    shutil.copytree(world / "FOLDER", folder / "FOLDER")
    (folder / "mymodels").mkdir()
    (folder / "mymodels" / "img").symlink_to(ROOT / "models" / "img")
    (folder / "runs" / "img").mkdir(parents=True)
    (folder / "runs" / "img" / "metrics.jsonl").write_text('{"epoch": 0, "loss": 2.5, "val_loss": 2.6}\n')
    marked = with_landmarks(read(f"ccp:{ccp}").in_splits("val"), "derived")
    for part in ("truth", "predicted"):
        save_table(marked, folder / "seen" / "landmarks" / part)
    with chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setitem(BACKBONES, "resnet50", shallow)
        for document in (ROOT / "README.md", ROOT / "docs" / "train.md"):
            run(document, world, ccp, clothing)
    return folder


def test_the_commands_of_readme_and_training_run_in_their_order(after_training):
    assert (after_training / "FOLDER-garments" / "index.html").is_file()
    assert (after_training / "PAGE" / "index.html").is_file()  # My Boutique, by the shipped embedder
    assert (after_training / "mymodels" / "img_bbox" / "config.json").is_file()
    assert (after_training / "report" / "index.html").is_file()
    assert "accuracy_low" in (after_training / "seen" / "pipeline" / "figures.json").read_text()


def test_the_commands_of_retraining_run_in_their_order(after_training, world, ccp, clothing, monkeypatch, capsys):
    monkeypatch.chdir(world)  # where the detector of train.md is in the place of the shipped one, another network
    (world / "models" / "detector").symlink_to(after_training / "mymodels" / "detector")
    run(ROOT / "docs" / "retrain.md", world, ccp, clothing)
    said = capsys.readouterr().out
    assert "held-out crops" in said and "AP50" in said and "page: " in said
    assert (world / "FOLDER-garments" / "index.html").is_file() and (world / "report" / "index.html").is_file()


def test_the_readers_and_benchmarks_of_the_documents_run(tmp_path):
    for words in (["benchmarks/collapse.py", "3"], ["benchmarks/readers.py", str(tmp_path), "40"]):
        done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout, done.stderr
