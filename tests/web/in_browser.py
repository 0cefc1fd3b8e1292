"""What tests of the page in a browser share."""

import socket
import threading
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import expect

from web.app import create_app
from web.batcher import Batcher
from web.guard import Rules

WIDTH, HEIGHT = 400, 600  # of the photos


@contextmanager
def running(pipeline, places=32, rules=None):
    """The address of a server with stand-in models."""
    with serving(create_app(Batcher(lambda: pipeline, places), tuple(pipeline.categories), rules or Rules())) as url:
        try:
            yield url
        finally:
            pipeline.go.set()


@contextmanager
def serving(app):
    """The address of an application on a free port."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def is_fault(message) -> bool:
    """Whether a message of the console is of a script or of something blocked; answers of the server are not."""
    return message.type == "error" and not message.text.startswith("Failed to load resource")


def upload(tab, *files):
    """Choose photos, send them and wait for the cards."""
    before = tab.locator(".card").count()
    tab.set_input_files("#files", list(files))
    tab.get_by_role("button", name="Find garments").click()
    expect(tab.locator(".card")).to_have_count(before + len(files))


def downloaded(tab, button):
    """The text of the file that a button gives."""
    with tab.expect_download() as download:
        tab.get_by_role("button", name=button).click()
    return download.value.path().read_text()


def rect(tab, garment=0):
    """The box of a garment as it is on the screen, in pixels of the photo: x1, y1, x2, y2."""
    image = tab.locator(".frame img").bounding_box()
    shape = tab.locator(f".shape[data-garment='{garment}'] rect")
    x1, y1, x2, y2 = shape.evaluate(
        "r => { const m = r.getScreenCTM(), b = r.getBBox(), p = (x, y) => new DOMPoint(x, y).matrixTransform(m);"
        "const a = p(b.x, b.y), z = p(b.x + b.width, b.y + b.height); return [a.x, a.y, z.x, z.y]; }"
    )
    scale = WIDTH / image["width"]
    x, y = image["x"], image["y"]
    return [(x1 - x) * scale, (y1 - y) * scale, (x2 - x) * scale, (y2 - y) * scale]
