"""Small generated data sets in the exact layout of the published ones."""

import os
from pathlib import Path

import pytest

from samples.generated import write_ccp, write_clothing

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def ccp(tmp_path_factory) -> Path:
    """CCP with 18 labelled photos (12 train, 6 val) and 6 with tags only."""
    root = tmp_path_factory.mktemp("ccp")
    write_ccp(root)
    return root


@pytest.fixture(scope="session")
def clothing(tmp_path_factory) -> Path:
    """The clothing data set with 8 photos, one of them missing and one with an unknown label."""
    root = tmp_path_factory.mktemp("clothing")
    write_clothing(root)
    return root


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real photos; skips where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the open photos in ../shared/data")
    return SHARED
