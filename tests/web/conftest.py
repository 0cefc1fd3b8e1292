import shutil
import threading
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from garments.masks import from_polygons
from photos.reading import encode
from samples.doubles import TwoGarments
from web.app import create_app
from web.batcher import Batcher
from web.guard import Rules

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Held(TwoGarments):
    """Stand-in models, with masks, that wait for `go` and note how many photos they got at a time."""

    def __init__(self):
        super().__init__()
        self.go, self.batches = threading.Event(), []
        self.go.set()

    def stream(self, groups):
        groups = [list(group) for group in groups]
        self.batches += [len(group) for group in groups]
        self.go.wait(30)
        return super().stream(groups)

    def found(self, photo):
        found = super().found(photo)
        triangles = [[[x1, y1, x2, y1, x2, y2]] for x1, y1, x2, y2 in found.boxes_xyxy]
        masks = [from_polygons(triangle, photo.height, photo.width) for triangle in triangles]
        return replace(found, masks=np.array(masks, object))


@pytest.fixture
def pipeline():
    return Held()


@pytest.fixture
def served(pipeline):
    """Starts an application with stand-in models; gives its client."""

    @contextmanager
    def start(rules=None, places=32, load=lambda: pipeline, **options):
        app = create_app(Batcher(load, places), tuple(Held.categories), rules or Rules(), **options)
        with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
            yield client

    return start


@pytest.fixture
def client(served):
    with served() as client:
        yield client


@pytest.fixture
def send():
    """Posts (name, content) as photos."""

    def post(client, *files, path="/api/photos", **options):
        return client.post(path, files=[("photo", file) for file in files], **options)

    return post


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A JPEG of 60 x 90 pixels."""
    return encode(np.random.default_rng(0).integers(1, 255, (90, 60, 3), dtype=np.uint8), "JPEG")


@pytest.fixture(scope="session")
def browser():
    """Chromium; skips where it is absent."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if not CHROMIUM:
        pytest.skip("needs chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(browser, pipeline):
    """A new tab with the page; at its end no script may have failed, and nothing have been blocked."""
    from in_browser import is_fault, running

    errors = []
    with running(pipeline) as url:
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.set_default_timeout(15_000)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda message: errors.append(message.text) if is_fault(message) else None)
        tab.goto(url)
        yield tab
        tab.close()
    assert errors == []


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> list[str]:
    """Ten photos of 400 x 600 pixels."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(10):
        coarse = Image.fromarray(np.random.default_rng(number).integers(1, 255, (6, 4, 3), dtype=np.uint8))
        coarse.resize((400, 600)).save(folder / f"{number}.jpg")
    return [str(path) for path in sorted(folder.iterdir())]
