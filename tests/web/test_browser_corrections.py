"""Corrections on the page in a real browser, by mouse and by keyboard, and what is then downloaded."""

import json

import numpy as np
import pandas as pd
import pytest

from garments.types import BOX_COLUMNS

pytest.importorskip("playwright", reason="needs playwright")
from in_browser import WIDTH, downloaded, rect, upload
from playwright.sync_api import expect


def test_a_label_is_corrected_by_choosing_another(tab, files):
    upload(tab, files[0])
    tab.locator(".garment").first.get_by_label("Category").select_option("dress")
    assert set(tab.locator(".shape").first.get_attribute("class").split()) == {"shape", "full", "chosen"}
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
    expect(tab.locator("#problem")).to_contain_text("two photos are called '0.jpg'")
    assert tab.locator(".card").count() == 2
