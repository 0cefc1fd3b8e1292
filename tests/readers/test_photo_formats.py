"""Photos of all formats are read by all readers; a file that is none is a problem row."""

import json

import pytest
from PIL import Image
from pillow_heif import from_pillow

from photos.reading import read_photo
from readers import read
from samples.exports import voc_xml
from samples.layouts import samples

SUFFIXES = ["jpg", "jpeg", "JPG", "jfif", "jpe", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif"]


def saved(path):
    """A photo of 64 x 96 in the format of its suffix, as bytes also where the suffix says another format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = Image.new("RGB", (64, 96), (200, 30, 30))
    if path.suffix in (".heic", ".heif"):
        from_pillow(pixels).save(path)
    else:
        pixels.save(path, "JPEG" if path.suffix in (".jfif", ".jpe", ".JPG") else None)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_photo_that_is_decoded_is_read_by_every_reader(suffix, tmp_path):
    name = f"a.{suffix}"
    for place in ("coco", "yolo/images", "voc", "folders/tee", "list"):
        saved(tmp_path / place / name)
    garment = dict(id=1, image_id=1, category_id=1, bbox=[1, 2, 9, 9])
    coco_file = dict(images=[dict(id=1, file_name=name)], annotations=[garment], categories=[dict(id=1, name="tee")])
    (tmp_path / "coco/a.json").write_text(json.dumps(coco_file))
    (tmp_path / "yolo/data.yaml").write_text("names: [tee]")
    (tmp_path / "yolo/labels").mkdir()
    (tmp_path / "yolo/labels/a.txt").write_text("0 .5 .5 .5 .5")
    xml = voc_xml(name, samples()[0]._replace(kind=0)).replace("<width>60</width><height>90</height>", "")
    (tmp_path / "voc/a.xml").write_text(xml)
    (tmp_path / "list/labels.csv").write_text(f"file,label\n{name},tee\n")
    seen = read_photo(tmp_path / "coco" / name)[0]
    for source in ("coco:coco", "yolo:yolo", "voc:voc", "folders:folders", "folders:list"):
        reader, _, place = source.partition(":")
        table = read(f"{reader}:{tmp_path / place}")
        assert table.problems.empty and list(table.garments["category"]) == ["tee"]
        assert (table.photos["width"][0], table.photos["height"][0]) == (seen.width, seen.height)


@pytest.mark.parametrize("orientation", [3, 6, 8])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
def test_the_size_is_that_of_the_upright_photo(suffix, orientation, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    (tmp_path / "tee").mkdir()
    Image.new("RGB", (40, 60)).save(tmp_path / f"tee/a.{suffix}", exif=exif)
    photos = read(f"folders:{tmp_path}").photos
    seen = read_photo(tmp_path / f"tee/a.{suffix}")[0]
    assert (photos["width"][0], photos["height"][0]) == (seen.width, seen.height)


@pytest.mark.parametrize(
    "name, content", [("a.jpg", b""), ("a.jpg", b"no image"), ("a.mp4", b"x" * 99), ("a.cr2", b"x")]
)
def test_a_file_that_is_no_photo_is_a_problem(name, content, tmp_path):
    (tmp_path / "tee").mkdir()
    (tmp_path / "tee" / name).write_bytes(content)
    saved(tmp_path / "tee/b.png")
    table = read(f"folders:{tmp_path}")
    assert list(table.photos["photo"]) == ["tee/b.png"] and list(table.problems["file"]) == [f"tee/{name}"]
