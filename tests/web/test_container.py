"""compose.yaml and the Dockerfile agree with the command, and let nobody in without a token."""

import json
import re
from pathlib import Path

import pytest
import yaml

from web.cli import TOKEN, parser, rules_of
from web.guard import MIN_TOKEN

ROOT = Path(__file__).resolve().parents[2]
IMAGE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
SERVICE = SERVICES["web"]


def arguments() -> list[str]:
    """What the image gives to the command."""
    return json.loads(re.findall(r"^CMD (.+)$", IMAGE, re.M)[-1])


def test_the_image_starts_with_a_token_alone(monkeypatch):
    monkeypatch.delenv(TOKEN, raising=False)
    with pytest.raises(ValueError, match="give a token"):
        rules_of(parser().parse_args(arguments()))
    monkeypatch.setenv(TOKEN, "x" * MIN_TOKEN)
    assert rules_of(parser().parse_args(arguments())).token


def test_the_service_asks_for_the_token():
    assert SERVICE["environment"][TOKEN].startswith(f"${{{TOKEN}:?")


def test_the_disk_is_read_only_and_the_user_has_no_rights():
    assert SERVICE["read_only"] and SERVICE["tmpfs"] == ["/tmp:size=2g"] and SERVICE["cap_drop"] == ["ALL"]
    assert re.findall(r"^USER (\d+)$", IMAGE, re.M) == ["10001"]


def test_everything_that_is_installed_is_copied():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    rooms = re.search(r"packages = \[(.*?)\]", text, re.S)
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert rooms and set(re.findall(r'"(\w+)"', rooms[1])) | {"models", "pyproject.toml", "requirements.lock"} <= kept


def test_a_vector_store_is_started_only_when_asked_for_and_for_this_machine_alone():
    assert SERVICES["store"]["profiles"] == ["store"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["store"]["ports"])
