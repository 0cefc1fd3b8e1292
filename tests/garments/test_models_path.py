"""Where models are searched, in which order, and the error if there are none."""

import pytest

from garments import models_path
from garments.models_path import find_models


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Four folders that exist: the given one, and the three that are searched."""
    folders = {"given": "given", "variable": "variable", "installed": "site/garments/models", "checkout": "site/models"}
    folders = {name: tmp_path / path for name, path in folders.items()}
    for folder in folders.values():
        folder.mkdir(parents=True)
    monkeypatch.setattr(models_path, "PACKAGE", tmp_path / "site" / "garments")
    monkeypatch.setenv("GARMENTS_MODELS", str(folders["variable"]))
    return folders


def test_a_given_folder_comes_first(places):
    assert find_models(places["given"]) == places["given"]


def test_the_variable_comes_second(places):
    assert find_models() == places["variable"]


@pytest.mark.parametrize("empty", [True, False])
def test_the_installed_models_come_third(places, monkeypatch, empty):
    monkeypatch.setenv("GARMENTS_MODELS", "") if empty else monkeypatch.delenv("GARMENTS_MODELS")
    assert find_models() == places["installed"]


def test_the_models_of_the_checkout_come_last(places, monkeypatch):
    monkeypatch.delenv("GARMENTS_MODELS")
    places["installed"].rmdir()
    assert find_models() == places["checkout"]


def test_a_given_folder_that_is_not_there_is_not_replaced(places):
    with pytest.raises(FileNotFoundError, match=r"tried \S*nowhere \(given\); give one by --models"):
        find_models(places["given"] / "nowhere")


def test_a_variable_that_names_no_folder_is_not_replaced(places):
    places["variable"].rmdir()
    with pytest.raises(FileNotFoundError, match=r"tried \S*variable \(GARMENTS_MODELS\);"):
        find_models()


def test_all_that_was_tried_is_named(places, monkeypatch):
    monkeypatch.delenv("GARMENTS_MODELS")
    places["installed"].rmdir()
    places["checkout"].rmdir()
    with pytest.raises(FileNotFoundError, match=r"garments/models \(installed\), \S*site/models \(checkout\);"):
        find_models()
