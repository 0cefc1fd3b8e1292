"""Every command reports user errors in one line, with exit status 2."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from garments.command import command

ROOT = Path(__file__).resolve().parents[2]
WRONG = {
    "readers.__main__": ["ccp", "{nowhere}"],
    "classifier.train": ["--model", "img", "--data", "ccp:{nowhere}", "--out", "{out}"],
    "classifier.export": ["--run", "{nowhere}", "--out", "{out}"],
    "classifier.evaluate": ["--model", "{nowhere}", "--data", "ccp:{ccp}"],
    "detector.train": ["--data", "ccp", "--out", "{out}"],
    "detector.export": ["--run", "{nowhere}", "--out", "{out}"],
    "detector.evaluate": ["--model", "{nowhere}", "--data", "ccp:{ccp}"],
    "detector.weak": ["--model", "{nowhere}", "--data", "ccp:{ccp}", "--out", "{out}"],
    "reports.classifier": ["--predictions", "img={nowhere}", "--out", "{out}"],
    "reports.detector": ["--predictions", "{nowhere}", "--out", "{out}"],
    "reports.pipeline": ["--predictions", "{nowhere}", "--out", "{out}"],
    "reports.landmarks": ["--predictions", "{nowhere}", "--out", "{out}"],
}


@pytest.mark.parametrize("module", WRONG)
def test_a_wrong_path_is_one_line(module, ccp, tmp_path, capsys):
    names = dict(nowhere=tmp_path / "nowhere", out=tmp_path / "out", ccp=ccp)
    with pytest.raises(SystemExit) as stop:
        import_module(module).main([word.format(**names) for word in WRONG[module]])
    output = capsys.readouterr().err.strip().splitlines()
    assert stop.value.code == 2 and output[-1].startswith("error: ") and "Traceback" not in "".join(output)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (["--splits", "summer"], "no split ['summer']"),
        (["--set", "sizes=3"], "expected NAME=VALUE"),
        (["--init", "nowhere.keras", "--tiny"], "nowhere.keras: expected the .keras file"),
        (["--boxes", "nowhere.csv"], "No such file"),
    ],
)
def test_errors_are_named(wrong, message, ccp, tmp_path, capsys):
    with pytest.raises(SystemExit):
        train = import_module("classifier.train")
        train.main(["--model", "img", "--data", f"ccp:{ccp}", "--out", str(tmp_path / "out"), *wrong])
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_an_error_of_a_library_keeps_its_traceback():
    @command
    def parses(arguments):
        import json

        json.loads("{")

    with pytest.raises(ValueError, match="Expecting property name"):
        parses([])


def test_the_developer_mode_of_python_shows_the_traceback(tmp_path):
    arguments = [sys.executable, "-X", "dev", "-m", "readers", "ccp", str(tmp_path / "nowhere")]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" in done.stderr and "is not a folder" in done.stderr


def test_ctrl_c_is_one_line_and_status_130(capsys):
    @command
    def main(arguments=None):
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 130 and capsys.readouterr().err.count("\n") == 1
