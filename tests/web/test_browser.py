"""The page in a real browser: upload, boxes, waiting, narrow, dark, without scripts."""

import json
import re

import numpy as np
import pytest

from garments.types import BOX_COLUMNS
from photos.reading import encode
from web.guard import Rules

pytest.importorskip("playwright", reason="needs playwright")
from in_browser import downloaded, rect, running, upload
from playwright.sync_api import expect


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


def test_many_photos_come_in_several_requests(tab, files, pipeline):
    upload(tab, *files)
    expect(tab.locator("#done")).to_have_text("10 of 10 photos are done.")
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
    expect(tab.locator(".card h2")).to_have_text("x.jpg")


def test_who_waits_sees_for_what(tab, files, pipeline):
    pipeline.go.clear()
    tab.set_input_files("#files", files[:3])
    tab.get_by_role("button", name="Find garments").click()
    expect(tab.locator("#done")).to_have_text("0 of 3 photos are done.")
    expect(tab.locator("#state")).to_have_text(re.compile("3 in work, about [0-9]+ s."))
    pipeline.go.set()
    expect(tab.locator(".card")).to_have_count(3)
    expect(tab.locator("#state")).to_have_text("")


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
            expect(tab.locator(".card")).to_have_count(2, timeout=15_000)
            assert tab.locator("#problem").inner_text() == ""
            tab.close()


def test_a_photo_that_is_too_large_is_named(browser, files, pipeline):
    with running(pipeline, rules=Rules(max_bytes=1000)) as url:
        tab = browser.new_page()
        tab.goto(url)
        tab.set_input_files("#files", files[0])
        tab.get_by_role("button", name="Find garments").click()
        expect(tab.locator("#problem")).to_contain_text(re.compile("^0.jpg: "))
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
