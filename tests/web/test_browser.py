"""The page in a real browser: upload, boxes, corrections by mouse and keyboard, narrow, dark, without scripts."""

import json
import re
import shutil
import socket
import threading
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import uvicorn
from PIL import Image

from garments.types import BOX_COLUMNS
from photos.reading import encode
from web.app import create_app
from web.batcher import Batcher
from web.guard import Rules

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="needs chromium")
WIDTH, HEIGHT = 400, 600


@contextmanager
def running(pipeline, places=32, rules=None):
    """The address of a server on a free port."""
    app = create_app(Batcher(lambda: pipeline, places), tuple(pipeline.categories), rules or Rules())
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def is_fault(message) -> bool:
    """Whether a message of the console is of a script or of something blocked; answers of the server are not."""
    return message.type == "error" and not message.text.startswith("Failed to load resource")


@pytest.fixture
def tab(browser, pipeline):
    """A new tab with the page; at its end no script may have failed, and nothing have been blocked."""
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


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[str]:
    """Ten photos of 400 x 600 pixels."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(10):
        coarse = Image.fromarray(np.random.default_rng(number).integers(1, 255, (6, 4, 3), dtype=np.uint8))
        coarse.resize((WIDTH, HEIGHT)).save(folder / f"{number}.jpg")
    return [str(path) for path in sorted(folder.iterdir())]


def upload(tab, *files):
    """Choose photos, send them and wait for the cards."""
    before = tab.locator(".card").count()
    tab.set_input_files("#files", list(files))
    tab.get_by_role("button", name="Find garments").click()
    sync_api.expect(tab.locator(".card")).to_have_count(before + len(files))


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


@pytest.mark.parametrize("width", [1280, 700, 360])
def test_boxes_are_drawn_where_the_api_says(tab, files, width):
    tab.set_viewport_size({"width": width, "height": 900})
    upload(tab, files[0])
    with open(files[0], "rb") as file:
        sent = {"photo": {"name": "0.jpg", "mimeType": "image/jpeg", "buffer": file.read()}}
    [record] = tab.request.post(f"{tab.url}api/photos", multipart=sent).json()
    for row in record["rows"]:
        assert rect(tab, row["garment"]) == pytest.approx([row[name] for name in BOX_COLUMNS], abs=1)
        mask = tab.locator(f".shape[data-garment='{row['garment']}'] polygon")
        assert [mask.nth(n).get_attribute("points") for n in range(mask.count())] == [
            " ".join(map(str, contour)) for contour in row["contours"]
        ]
    seen = tab.locator(".shape[data-garment='0'] circle").count()
    assert seen == sum(value for name, value in record["rows"][0].items() if name.endswith("_visible")) > 0


def test_a_card_names_what_was_found(tab, files):
    upload(tab, files[0])
    first = tab.locator(".garment").first.inner_text()
    assert first.startswith("shirt 0.66")
    assert "upper 0.90" in first and "img tee 0.66" in first and "landmarks: left collar" in first


def test_a_label_is_corrected_by_choosing_another(tab, files):
    upload(tab, files[0])
    tab.locator(".garment").first.get_by_label("Category").select_option("dress")
    assert tab.locator(".shape").first.get_attribute("class") == "shape full chosen"
    data = json.loads(downloaded(tab, "COCO"))
    assert [a["attributes"]["category"] for a in data["annotations"]] == ["dress", "jeans"]
    assert [a["category_id"] for a in data["annotations"]] == [3, 2]
    assert data["images"][0]["file_name"] == "0.jpg"


def pull(tab, start, end):
    """Drag from one point of the photo, in its pixels, to another."""
    frame = tab.locator(".frame img").bounding_box()
    scale = frame["width"] / WIDTH
    (x1, y1), (x2, y2) = ((frame["x"] + x * scale, frame["y"] + y * scale) for x, y in (start, end))
    tab.mouse.move(x1, y1)
    tab.mouse.down()
    tab.mouse.move((x1 + x2) / 2, (y1 + y2) / 2)
    tab.mouse.move(x2, y2)
    tab.mouse.up()


def boxes(tab):
    rows = pd.read_csv(pd.io.common.StringIO(downloaded(tab, "CSV for --boxes")))
    assert set(rows["photo"]) == {"folders/0.jpg"}
    return rows[BOX_COLUMNS].to_numpy()


def test_a_box_is_corrected_by_its_corners(tab, files):
    upload(tab, files[0])
    tab.locator(".shape[data-garment='1'] rect").click()
    assert tab.locator(".garment.chosen").count() == 1
    pull(tab, (100, 300), (140, 350))
    assert boxes(tab) == pytest.approx(np.array([[0, 0, 400, 300], [140, 350, 300, 600]]), abs=1.5)
    assert tab.locator(".shape[data-garment='1'] polygon").count() == 0  # that was the mask of another box
    assert rect(tab, 1) == pytest.approx([140, 350, 300, 600], abs=1.5)


def test_a_box_is_moved_as_a_whole_and_stays_in_the_photo(tab, files):
    upload(tab, files[0])
    tab.locator(".shape[data-garment='1'] rect").click()
    pull(tab, (200, 450), (60, 420))
    assert boxes(tab)[1] == pytest.approx([0, 270, 200, 570], abs=1.5)


def test_a_first_click_moves_nothing(tab, files):
    upload(tab, files[0])
    pull(tab, (200, 450), (60, 420))
    assert boxes(tab)[1] == pytest.approx([100, 300, 300, 600])


def test_garments_are_added_and_taken_away(tab, files):
    upload(tab, files[0])
    tab.locator(".garment").first.get_by_role("button", name="Not a garment").click()
    tab.get_by_role("button", name="Add a garment").click()
    tab.locator(".garment").last.get_by_label("Category").select_option("skirt")
    data = json.loads(downloaded(tab, "COCO"))
    assert [a["attributes"]["category"] for a in data["annotations"]] == ["jeans", "skirt"]
    assert data["annotations"][1]["bbox"] == [100, 150, 200, 300]
    assert tab.locator(".shape rect").count() == 2


def test_a_photo_is_taken_away(tab, files):
    upload(tab, *files[:2])
    tab.get_by_role("button", name="Take this photo away").first.click()
    assert [image["file_name"] for image in json.loads(downloaded(tab, "COCO"))["images"]] == ["1.jpg"]
    tab.get_by_role("button", name="Take this photo away").click()
    assert not tab.locator("#download").is_visible()


def test_all_of_it_by_the_keyboard(tab, files):
    tab.set_input_files("#files", files[0])  # a dialog of the system chooses files
    tab.locator("#files").focus()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".card")
    for _ in range(40):
        tab.keyboard.press("Tab")
        name = tab.evaluate("document.activeElement.name || document.activeElement.className")
        if name == "category":
            tab.keyboard.type("romper")
        if name == "x_max":
            tab.keyboard.type("333")
            break
    with tab.expect_download() as download:
        for _ in range(40):
            tab.keyboard.press("Shift+Tab")
            if tab.evaluate("document.activeElement.value") == "coco":
                break
        tab.keyboard.press("Enter")
    first = json.loads(download.value.path().read_text())["annotations"][0]
    assert (first["attributes"]["category"], first["bbox"]) == ("romper", [0, 0, 333, 300])
    assert rect(tab)[2] == pytest.approx(333, abs=1)


def test_what_cannot_be_downloaded_is_said_and_the_page_stays(tab, files):
    upload(tab, files[0])
    upload(tab, files[0])
    tab.get_by_role("button", name="COCO").click()
    sync_api.expect(tab.locator("#problem")).to_contain_text("two photos are called '0.jpg'")
    assert tab.locator(".card").count() == 2


def test_many_photos_come_in_several_requests(tab, files, pipeline):
    upload(tab, *files)
    sync_api.expect(tab.locator("#done")).to_have_text("10 of 10 photos are done.")
    assert sum(pipeline.batches) == 10
    assert tab.locator("#state").inner_text() == ""


def test_photos_are_dropped_on_the_page(tab, files):
    with open(files[0], "rb") as file:
        content = list(file.read())
    dropped = tab.evaluate_handle(
        "content => { const dropped = new DataTransfer();"
        "dropped.items.add(new File([new Uint8Array(content)], 'x.jpg')); return dropped; }",
        content,
    )
    tab.dispatch_event("body", "dragover", {"dataTransfer": dropped})
    assert tab.locator("body.over").count() == 1
    tab.dispatch_event("body", "drop", {"dataTransfer": dropped})
    sync_api.expect(tab.locator(".card h2")).to_have_text("x.jpg")


def test_who_waits_sees_for_what(tab, files, pipeline):
    pipeline.go.clear()
    tab.set_input_files("#files", files[:3])
    tab.get_by_role("button", name="Find garments").click()
    sync_api.expect(tab.locator("#done")).to_have_text("0 of 3 photos are done.")
    sync_api.expect(tab.locator("#state")).to_have_text(re.compile("3 in work, about [0-9]+ s."))
    pipeline.go.set()
    sync_api.expect(tab.locator(".card")).to_have_count(3)
    sync_api.expect(tab.locator("#state")).to_have_text("")


def test_a_full_server_is_asked_again(browser, files, pipeline):
    pipeline.go.clear()
    with running(pipeline, places=2) as url:
        first, second = browser.new_page(), browser.new_page()
        for tab in (first, second):
            tab.goto(url)
            tab.set_input_files("#files", files[:2])
            with tab.expect_request(f"{url}/photos"):
                tab.get_by_role("button", name="Find garments").click()
            tab.wait_for_timeout(300)
        pipeline.go.set()
        for tab in (first, second):
            sync_api.expect(tab.locator(".card")).to_have_count(2, timeout=15_000)
            assert tab.locator("#problem").inner_text() == ""
            tab.close()


def test_a_photo_that_is_too_large_is_named(browser, files, pipeline):
    with running(pipeline, rules=Rules(max_bytes=1000)) as url:
        tab = browser.new_page()
        tab.goto(url)
        tab.set_input_files("#files", files[0])
        tab.get_by_role("button", name="Find garments").click()
        sync_api.expect(tab.locator("#problem")).to_contain_text(re.compile("^0.jpg: "))
        tab.close()


def test_markup_in_a_name_is_text(tab, photo):
    name = "<img src=x onerror=alert(1)>.jpg"
    upload(tab, {"name": name, "mimeType": "image/jpeg", "buffer": photo})
    assert tab.locator(".card h2").inner_text() == name
    assert tab.locator(".card img").count() == 1


def test_a_tiff_is_shown_too(tab):
    pixels = np.full((40, 30, 3), 99, np.uint8)
    upload(tab, {"name": "a.tiff", "mimeType": "image/tiff", "buffer": encode(pixels, "TIFF")})
    assert tab.locator(".frame img").evaluate("image => [image.naturalWidth, image.naturalHeight]") == [30, 40]


def test_without_scripts_the_page_works(browser, files, pipeline):
    with running(pipeline) as url:
        context = browser.new_context(java_script_enabled=False)
        tab = context.new_page()
        tab.goto(url)
        upload(tab, files[0])
        tab.locator(".garment").first.get_by_label("Category").select_option("coat")
        data = json.loads(downloaded(tab, "COCO"))
        assert data["annotations"][0]["attributes"]["category"] == "coat"
        context.close()


def test_a_narrow_screen_needs_no_scrolling_to_the_side(tab, files):
    tab.set_viewport_size({"width": 320, "height": 700})
    upload(tab, files[0])
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    tab.goto(f"{tab.url}api")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(tab, files, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe").Axe()
    tab.emulate_media(color_scheme=scheme)
    upload(tab, files[0])
    upload(tab, {"name": "no.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"})
    dark = tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"
    assert dark == (scheme == "dark")
    for address in (None, f"{tab.url}api"):
        if address:
            tab.goto(address)
        found = axe.run(tab).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
