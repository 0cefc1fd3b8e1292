"""The page: cards of photos, corrections as files, and what stays on the disk."""

import io
import json
import tempfile
from html import escape

import pandas as pd
import pytest

from garments.types import BOX_COLUMNS, Table
from readers import read_all
from readers.extra_boxes import with_extra_boxes
from web import corrections

HTMX = {"hx-request": "true"}
PHOTO = dict(photo_id=["k"], photo=["a.jpg"], width=["60"], height=["90"])
GARMENT = dict(of=["k"], category=["dress"], part=["full"], x_min=["1"], y_min=["2.5"], x_max=["30"], y_max=["40"])


def test_a_photo_comes_as_a_card_or_with_the_whole_page(client, send, photo):
    card, whole = (send(client, ("a.jpg", photo), path="/photos", headers=h).text for h in (HTMX, {}))
    assert card.startswith("<article") and whole.startswith("<!DOCTYPE html>")
    assert 'src="data:image/jpeg;base64,' in card and card.count('<li class="garment') == 3  # one is a template
    assert '<rect x="0.0" y="0.0" width="60.0" height="45.0"/>' in card
    assert card.count("<polygon") == 2
    assert "shirt</b> 0.66" in card and "img tee 0.66" in card
    assert "</article>" in whole and 'id="download">' in whole


def test_a_photo_that_cannot_be_used_says_why(client, send):
    card = send(client, ("a.jpg", b"no photo"), path="/photos").text
    assert "not an image in a supported format" in card and "<img" not in card


def test_markup_in_names_is_escaped(client, send, photo):
    name = "<script>alert(1)<!-- &amp;\"'>.jpg"
    for content in (photo, b"no photo"):
        text = send(client, (name, content), path="/photos", headers=HTMX).text
        assert "<script" not in text and "<!--" not in text
    assert escape("<script>alert(1)") in text


@pytest.mark.parametrize("kept", [True, False])
def test_the_page_says_whether_photos_are_kept(served, kept, tmp_path):
    with served(kept=tmp_path if kept else None) as client:
        assert ("keeps the photos" in client.get("/").text) == kept


def test_corrections_in_coco_are_read_as_a_data_set(client, photo, tmp_path):
    answer = client.post("/corrections", data={**PHOTO, **GARMENT, "format": "coco"})
    assert answer.headers["content-disposition"] == "attachment; filename=corrections.json"
    (tmp_path / "corrections.json").write_bytes(answer.content)
    (tmp_path / "a.jpg").write_bytes(photo)
    table = read_all([f"coco:{tmp_path}"])
    assert table.garments[["photo", "part", "category", *BOX_COLUMNS]].to_numpy().tolist() == [
        ["coco/a.jpg", "full", "dress", 1, 2.5, 30, 40]
    ]
    assert table.problems.empty


def test_corrections_as_csv_are_boxes_of_a_training(client, tmp_path):
    answer = client.post("/corrections", data={**PHOTO, **GARMENT, "format": "csv", "dataset": "folders"})
    (tmp_path / "boxes.csv").write_bytes(answer.content)
    photos = [dict(photo="folders/a.jpg", path="a.jpg", width=60, height=90, dataset="folders")]
    table = with_extra_boxes(Table.of(photos, [], []), [tmp_path / "boxes.csv"])
    assert table.garments[["photo", "category", *BOX_COLUMNS]].to_numpy().tolist() == [
        ["folders/a.jpg", "dress", 1, 2.5, 30, 40]
    ]


def test_a_photo_whose_garments_were_all_taken_away_stays(client):
    data = json.loads(client.post("/corrections", data={**PHOTO, "format": "coco"}).content)
    assert (len(data["images"]), data["annotations"]) == (1, [])


def test_a_garment_without_a_category_has_its_part_as_label(client):
    data = {**PHOTO, **GARMENT, "category": [""], "format": "csv", "dataset": "ccp"}
    row = pd.read_csv(io.BytesIO(client.post("/corrections", data=data).content), keep_default_na=False).iloc[0]
    assert (row["label"], row["part"], row["category"]) == ("full", "full", "")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"x_max": ["61"]}, "not inside of the photo"),
        ({"x_max": ["1"]}, "not inside of the photo"),
        ({"x_min": ["nan"]}, "not inside of the photo"),
        ({"x_min": ["a"]}, "could not convert"),
        ({"x_min": []}, "expected as many values"),
        ({"part": ["hat"]}, "with a part of"),
        ({"of": ["other"]}, "expected a garment of a photo"),
        ({"dataset": "my photos"}, "expected the NAME"),
        ({name: [] for name in PHOTO | GARMENT}, "there is no photo yet"),
        ({"photo_id": ["k", "l"], "photo": ["a.jpg"] * 2, "width": ["9"] * 2, "height": ["9"] * 2}, "two photos"),
    ],
)
def test_corrections_that_make_no_sense_are_refused(client, change, why):
    answer = client.post("/corrections", data={**PHOTO, **GARMENT, "format": "csv", "dataset": "ccp", **change})
    assert answer.status_code == 400
    assert why in answer.json()["detail"]


def test_corrections_of_many_photos_are_taken(client):
    count = 300
    photos = dict(
        photo_id=[*range(count)], photo=[f"{n}.jpg" for n in range(count)], width=[60] * count, height=[90] * count
    )
    data = {
        **photos,
        **{name: value * count for name, value in GARMENT.items()},
        "of": [*range(count)],
        "format": "coco",
    }
    answer = client.post("/corrections", files={"none": (None, "")}, data=data)  # as a browser sends a form
    assert len(json.loads(answer.content)["annotations"]) == count


def test_nothing_is_kept(client, send, photo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    send(client, ("a.jpg", photo), ("large.jpg", photo + bytes(3_000_000)))
    assert list(tmp_path.rglob("*")) == []


def test_with_keep_photos_have_random_names(served, send, photo, tmp_path):
    with served(kept=tmp_path) as client:
        send(client, ("../a.jpg", photo))
    [kept] = (tmp_path / "photos").iterdir()
    [record] = (tmp_path / "records").iterdir()
    assert kept.read_bytes() == photo and len(kept.name) == 32
    assert record.name == f"{kept.name}.json"
    assert json.loads(record.read_text())["photo"] == "a.jpg"


def test_the_fields_are_those_of_the_card(client, send, photo):
    card = send(client, ("a.jpg", photo), path="/photos").text
    assert all(f'name="{name}"' in card for name in (*corrections.PHOTO_FIELDS, *corrections.GARMENT_FIELDS))
