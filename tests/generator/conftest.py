"""A tiny generator, trained and exported once by the commands."""

from pathlib import Path

import pytest

from generator.export import main as export
from generator.train import main as train


@pytest.fixture(scope="session")
def run(ccp, tmp_path_factory) -> Path:
    """The folder of a finished run."""
    out = tmp_path_factory.mktemp("generator") / "run"
    train(["--preset", "tiny", "--data", f"ccp:{ccp}", "--out", str(out)])
    return out


@pytest.fixture(scope="session")
def model(run) -> Path:
    """The generator of that run, exported."""
    export(["--run", str(run), "--out", str(run.parent / "model")])
    return run.parent / "model"
