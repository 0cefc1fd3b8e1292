"""POST /api/photos: what garments.csv has, whatever is sent, within limits."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from garments.masks import decode
from pipeline.batch import analyse_batch
from pipeline.reading import read_file
from pipeline.records import garment_columns
from pipeline.writers import finish
from samples import hostile
from samples.doubles import rows
from web import uploads
from web.guard import Rules

NOT_SENT = {"pipe", "socket", "device", "link to nothing", "link to itself", "no permission", "name that is not UTF-8"}


def test_the_answer_has_the_rows_of_garments_csv(client, send, photo, pipeline, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(photo)
    records = analyse_batch(pipeline, [read_file("a.jpg", tmp_path / "photos")])
    (tmp_path / "out" / ".journal").mkdir(parents=True)
    finish(tmp_path / "out", lambda: iter(records))
    [answered] = send(client, ("a.jpg", photo)).json()
    assert answered == json.loads(json.dumps(records))[0]
    as_text = [{"photo": "a.jpg", **{name: str(value) for name, value in row.items()}} for row in answered["rows"]]
    written = rows(tmp_path / "out" / "garments.csv")
    assert len(written) == 2
    assert [{name: row.get(name, "") for name in garment_columns()} for row in as_text] == written


def test_records_keep_the_order_of_the_photos(client, send, photo):
    answered = send(client, ("b.jpg", photo), ("broken.jpg", b"no photo"), ("a.jpg", photo)).json()
    assert [record["photo"] for record in answered] == ["b.jpg", "broken.jpg", "a.jpg"]
    assert answered[1]["reason"] == "not an image in a supported format"


def test_masks_are_those_of_the_photo(client, send, photo):
    [record] = send(client, ("a.jpg", photo)).json()
    mask = decode(record["rows"][0]["segmentation"])
    assert mask.shape == (record["height"], record["width"]) == (90, 60)
    assert mask.any() and record["rows"][0]["contours"]


def uploaded(name: str, folder: Path) -> tuple[str, bytes]:
    """A file of samples.hostile as it is sent: its name without folders, and its content."""
    image = Image.fromarray(np.random.default_rng(0).integers(1, 255, (90, 60, 3), dtype=np.uint8))
    path = hostile.make(name, folder, image)
    return path.name, path.read_bytes()


@pytest.mark.parametrize("name", sorted(hostile.GOOD))
def test_every_readable_kind_of_photo_is_analysed(client, send, name, tmp_path):
    [record] = send(client, uploaded(name, tmp_path)).json()
    assert len(record["rows"]) == 2


@pytest.mark.parametrize("name", sorted(set(hostile.BAD) - NOT_SENT))
def test_a_hostile_photo_is_refused_as_by_the_pipeline(client, send, name, tmp_path):
    [record] = send(client, uploaded(name, tmp_path)).json()
    assert record["reason"].startswith(hostile.BAD[name].reason)
    assert record["remedy"] and "rows" not in record


def test_the_server_goes_on_after_hostile_photos(client, send, photo, tmp_path):
    for name in ("decompression bomb", "JPEG of 500 scans", "truncated PNG"):
        send(client, uploaded(name, tmp_path))
    assert len(send(client, ("a.jpg", photo)).json()[0]["rows"]) == 2


def test_a_name_has_no_folders_and_is_no_formula(client, send, photo):
    names = ["../../etc/passwd.jpg", "/root/b.jpg", "=HYPERLINK(1).jpg"]
    answered = send(client, *((name, photo) for name in names)).json()
    assert [record["photo"] for record in answered] == ["passwd.jpg", "b.jpg", "./=HYPERLINK(1).jpg"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (dict(files=[("photo", (f"{n}.jpg", b"no photo")) for n in range(uploads.PHOTOS + 1)]), 400),
        (dict(files=[("other", ("a.jpg", b"no photo"))]), 400),
        (dict(files={"photo": ("a.jpg", b"no photo")}, data={"photo": "http://localhost/a.jpg"}), 400),
        (dict(data={"photo": "http://localhost/a.jpg"}), 415),
        (dict(json={"photo": "file:///etc/passwd"}), 415),
        (dict(content=b"no parts", headers={"content-type": "multipart/form-data; boundary=b"}), 400),
        (dict(content=b"no parts", headers={"content-type": "multipart/form-data"}), 400),
    ],
)
def test_what_is_not_photos_is_refused(client, sent, status):
    answer = client.post("/api/photos", **sent)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_request_that_says_that_it_is_too_large_is_refused_unread(served, send, pipeline):
    with served(Rules(max_bytes=1000)) as client:
        answer = send(client, ("a.jpg", bytes(1000)))
    assert (answer.status_code, pipeline.batches) == (413, [])


def test_a_request_that_does_not_say_its_size_is_stopped_while_it_is_read(served, photo):
    taken = []

    def body():
        yield b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
        for number in range(10_000):
            taken.append(number)
            yield bytes(1000)

    with served(Rules(max_bytes=20_000)) as client:
        answer = client.post("/api/photos", content=body(), headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 413
    assert answer.json()["detail"] == "a request has at most 0.02 MB; send fewer photos, or smaller ones"


def test_openapi_describes_each_column_of_garments_csv(client):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert set(garment_columns()) - {"photo"} <= set(schemas["Garment"]["properties"])
    assert schemas["Garment"]["properties"]["category"]["type"] == "string"
    page = client.get("/api").text
    assert all(f"<code>{name}</code>" in page for name in garment_columns())
