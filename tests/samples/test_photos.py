import csv
import hashlib

import pytest

import samples.photos
from pipeline.demo import demo
from samples.download import HOMES
from samples.photos import collect, main, photos_of_packages

INSTALLED = {"grace_hopper.jpg", "astronaut.png", "camera.png"}


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Two photos in the place of the dozen: their bytes."""
    bodies = {("ccp", "1.jpg"): b"a street", ("clothing", "2.jpg"): b"a shirt"}
    checksums = {"ccp": hashlib.sha256(b"a street").hexdigest(), "clothing": ""}
    lines = [f"{dataset},{photo},{checksums[dataset]}\n" for dataset, photo in bodies]
    (tmp_path / "photos.csv").write_text("dataset,photo,sha256\n" + "".join(lines), encoding="utf-8")
    monkeypatch.setattr(samples.photos, "LIST", tmp_path / "photos.csv")
    return bodies


@pytest.fixture
def served(listed, server):
    server.files[f"/{HOMES['ccp']}/photos/1.jpg"] = listed["ccp", "1.jpg"]
    server.files[f"/{HOMES['clothing']}/images/2.jpg"] = listed["clothing", "2.jpg"]
    return server


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_the_list_is_a_dozen_val_photos_whose_checksums_are_those_of_the_data_set():
    with open(samples.photos.LIST, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with open(samples.photos.LIST.with_name("ccp.csv"), newline="", encoding="utf-8") as file:
        known = {row["path"]: row for row in csv.DictReader(file)}
    street = [row for row in rows if row["dataset"] == "ccp"]
    assert len(rows) == 12 and len(street) == 8
    assert {known[f"photos/{row['photo']}"]["split"] for row in street} == {"val"}
    assert [known[f"photos/{row['photo']}"]["sha256"] for row in street] == [row["sha256"] for row in street]


def test_the_photos_are_downloaded(served, tmp_path):
    sentence = collect(tmp_path / "out", [], served.host)
    assert sentence == "2 photos of Clothing Co-Parsing and the Clothing dataset, downloaded"
    assert (tmp_path / "out" / "1.jpg").read_bytes() == b"a street"
    assert (tmp_path / "out" / "2.jpg").read_bytes() == b"a shirt"


def test_a_second_call_downloads_nothing_and_removes_what_does_not_belong(served, tmp_path):
    collect(tmp_path / "out", [], served.host)
    (tmp_path / "out" / "stray.jpg").touch()
    collect(tmp_path / "out", [], served.host)
    assert names(tmp_path / "out") == {"1.jpg", "2.jpg"}
    assert len(served.asked) == 2


def test_photos_of_a_data_set_on_disk_are_copied(listed, nowhere, tmp_path):
    for (dataset, photo), folder in zip(listed, ("photos", "images"), strict=True):
        (tmp_path / "data" / dataset / folder).mkdir(parents=True)
        (tmp_path / "data" / dataset / folder / photo).write_bytes(listed[dataset, photo])
    sentence = collect(tmp_path / "out", [tmp_path / "none", tmp_path / "data"], nowhere)
    assert sentence == f"2 photos of {tmp_path / 'data'}"
    assert names(tmp_path / "out") == {"1.jpg", "2.jpg"}


def test_without_a_network_the_photos_of_packages_take_their_place(listed, nowhere, tmp_path):
    sentence = collect(tmp_path / "out", [], nowhere)
    assert sentence.startswith("3 photos of matplotlib and scikit-image, as http://127.0.0.1:")
    assert "cannot be reached" in sentence and "\n" not in sentence
    assert names(tmp_path / "out") == INSTALLED


def test_a_wrong_checksum_is_no_photo_of_the_demo(served, tmp_path):
    served.files[f"/{HOMES['ccp']}/photos/1.jpg"] = b"another"
    assert "expected SHA-256" in collect(tmp_path / "out", [], served.host)
    assert names(tmp_path / "out") == INSTALLED


def test_the_photos_of_packages_are_there():
    assert {path.name for path in photos_of_packages() if path.is_file()} == INSTALLED


def test_the_command_says_where_the_photos_come_from(served, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(samples.photos, "DATA", [])
    assert main([str(tmp_path / "out"), "--host", served.host]) == 0
    assert capsys.readouterr().out == "2 photos of Clothing Co-Parsing and the Clothing dataset, downloaded\n"


def test_the_demo_says_what_it_found_and_where_the_page_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("pipeline.demo.collect", lambda folder, data: collect(folder, [], "http://127.0.0.1:9"))
    assert demo(tmp_path) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("3 photos of matplotlib and scikit-image")
    assert printed[1].startswith("3 photos, ")
    assert printed[-1] == f"page: {tmp_path / 'results' / 'index.html'}"
