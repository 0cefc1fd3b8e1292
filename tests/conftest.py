"""Small generated data sets in the exact layout of the published ones."""

import os
from pathlib import Path

import pytest

from samples.generated import write_ccp, write_clothing

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
TESTS = Path(__file__).resolve().parent
SHARED = TESTS.parents[1] / "shared"
LONG = (  # notebooks, commands, trainings: the longest first
    "docs/test_commands.py",
    "notebooks/test_notebooks.py",
    "readers/test_training.py",
    "classifier/test_classifier.py",
    "detector/test_detector.py",
    "docs/test_extending.py",
    "detector/test_mask_rcnn.py",
    "segmenter/test_segmenter_training.py",
    "pipeline/test_scale.py",
    "pipeline/test_shipped.py",
    "pipeline/test_resume.py",
    "retriever/test_retriever_commands.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files come first, so that no worker is still at one when the others are done."""
    place = {TESTS / name: n for n, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


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


@pytest.fixture(scope="module")
def without_graph_optimisation():
    """TensorFlow rewrites each new graph for speed, which takes longer than tiny trainings."""
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})
