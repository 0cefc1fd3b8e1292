"""python -m web: refuses what would let others in, is ready with real models, and ends cleanly."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pipeline.model_folders import ModelFolders
from samples.doubles import FOLDERS
from samples.tiny import export_tiny_models
from web.cli import TOKEN, main, parser, rules_of

ROOT = Path(__file__).resolve().parents[2]
GOOD_TOKEN = "a-token-of-23-characters"


@pytest.fixture(autouse=True)
def without_a_token(monkeypatch):
    monkeypatch.delenv(TOKEN, raising=False)


def rules(*arguments):
    return rules_of(parser().parse_args(arguments))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.2", "::", "garments.example"])
def test_others_are_let_in_by_a_token_or_a_proxy_alone(host, monkeypatch, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--host", host])
    assert ended.value.code == 2
    assert "--token-file" in capsys.readouterr().err
    assert not rules("--host", host, "--behind-proxy").local
    (tmp_path / "token").write_text(f"{GOOD_TOKEN}\n")
    assert rules("--host", host, "--token-file", str(tmp_path / "token")).token == GOOD_TOKEN
    monkeypatch.setenv(TOKEN, GOOD_TOKEN)
    assert rules("--host", host).token == GOOD_TOKEN


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_none(host):
    assert rules("--host", host).local and not rules("--host", host).token


def test_the_default_is_this_machine():
    assert rules().local and parser().parse_args([]).host == "127.0.0.1"


@pytest.mark.parametrize("token", ["", "short"])
def test_a_token_that_can_be_guessed_is_refused(token, tmp_path):
    (tmp_path / "token").write_text(token)
    with pytest.raises(ValueError, match="expected 16 or more"):
        rules("--token-file", str(tmp_path / "token"))


def test_models_that_are_missing_are_said_at_once(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--models", str(tmp_path)])
    assert ended.value.code == 2
    assert "no model in" in capsys.readouterr().err


def test_fewer_places_than_a_request_may_need_are_refused(capsys):
    with pytest.raises(SystemExit):
        main(["--places", "7"])
    assert "expected 8 or more" in capsys.readouterr().err


def test_an_unknown_classifier_is_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(ModelFolders, "find", classmethod(lambda cls, models: FOLDERS))
    with pytest.raises(SystemExit):
        main(["--models", str(tmp_path), "--classifier", "other"])
    assert "no classifier 'other'" in capsys.readouterr().err


def test_without_its_packages_it_says_what_to_install():
    code = "import sys; sys.modules['fastapi'] = None; import runpy; runpy.run_module('web', run_name='__main__')"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "install the extra `web`" in ended.stderr


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    return export_tiny_models(tmp_path_factory.mktemp("tiny"))


def started(models):
    """A server in a process of its own, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "web", "--port", str(port), "--models", str(models), "--min-score", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    return server, f"http://127.0.0.1:{port}"


def wait_for(address, server):
    end = time.monotonic() + 300
    while time.monotonic() < end and server.poll() is None:
        try:
            return urllib.request.urlopen(address).status
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    return None


def test_a_server_gets_ready_and_ends_cleanly(models):
    server, address = started(models)
    try:
        assert wait_for(f"{address}/ready", server) == 200
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=60)
    finally:
        server.kill()
    assert (server.returncode, out.decode().strip()) == (0, address)
    assert b"Traceback" not in err


def test_models_that_were_changed_end_the_server(models):
    path = models / "img" / "config.json"
    original = path.read_bytes()
    path.write_bytes(original + b" ")
    server, _ = started(models)
    try:
        _, err = server.communicate(timeout=300)
    finally:
        server.kill()
        path.write_bytes(original)
    assert server.returncode == 2
    assert b"error: " in err and b"get the model again" in err
    assert b"Traceback" not in err
