"""What a data set says of the size of a photo is compared with the photo, in every format that says it."""

import json
import shutil
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from garments.types import BOX_COLUMNS
from readers import read
from samples.exports import cvat_voc
from samples.layouts import HEIGHT, WIDTH, WRITERS, photo, samples, text, xywh

ORIENTATION = 0x0112


def inshop_outlines(root, found):
    """DeepFashion's outlines of the large photos; returns the photos."""
    names = [f"img_highres/WOMEN/Tees_Tanks/id_{s.number:08d}/1.jpg" for s in found]
    images = [dict(id=s.number, file_name=n, width=WIDTH, height=HEIGHT) for n, s in zip(names, found, strict=True)]
    boxes = [dict(id=s.number, image_id=s.number, category_id=1, bbox=xywh(s.box), segmentation=[]) for s in found]
    data = dict(images=images, annotations=boxes, categories=[dict(id=1, name="top")])
    text(root / "Anno/segmentation/DeepFashion_segmentation_train.json", [json.dumps(data)])
    return [photo(root / "Img" / n, s) for n, s in zip(names, found, strict=True)]


SAYING: dict[str, Callable] = {name: WRITERS[name] for name in ("coco", "fashionpedia", "imaterialist2019")}
SAYING |= {"streetstyle": WRITERS["streetstyle"], "voc": cvat_voc, "inshop": inshop_outlines}
FOLDERS = {"inshop": "/Anno/segmentation"}


@pytest.fixture(params=SAYING)
def written(request, tmp_path):
    """(its name, what reads it, samples, their photos) of a data set that says the sizes of its photos."""
    found = samples(4)
    paths = SAYING[request.param](tmp_path, found)
    return lambda: read(f"{request.param}:{tmp_path}{FOLDERS.get(request.param, '')}"), found, paths


def boxes_of(table, path):
    name = table.photos.loc[table.photos["path"] == str(path), "photo"].item()
    return table.garments.loc[table.garments["photo"] == name, BOX_COLUMNS].to_numpy().tolist()


def test_boxes_of_a_photo_that_was_resized_are_scaled(written):
    table, found, paths = written
    for path in paths:
        Image.open(path).resize((WIDTH // 2, HEIGHT // 2)).save(path)
    assert table().problems.empty
    for path, sample in zip(paths, found, strict=True):
        assert np.allclose(boxes_of(table(), path), [np.array(sample.box) / 2], atol=0.5)


def test_boxes_of_a_photo_that_exif_turns_are_turned(written):
    table, found, paths = written
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    for path in paths:
        Image.open(path).save(path, exif=exif)
    assert table().problems.empty and set(table().photos["width"]) == {HEIGHT}
    for path, (*_, (x1, y1, x2, y2)) in zip(paths, found, strict=True):
        assert np.allclose(boxes_of(table(), path), [[HEIGHT - y2, x1, HEIGHT - y1, x2]])


def test_a_photo_of_another_size_is_a_problem_and_the_others_are_read(written):
    table, found, paths = written
    Image.new("RGB", (77, 77)).save(paths[0])
    problems = table().problems
    assert problems["reason"].tolist() == [f"the data set says {WIDTH} x {HEIGHT} pixels, the photo is 77 x 77"]
    assert set(table().photos["path"]) == set(map(str, paths[1:]))
    assert boxes_of(table(), paths[1]) == [list(found[1].box)]


def test_a_label_map_of_a_photo_that_exif_turns_is_a_problem(ccp, tmp_path):
    root = shutil.copytree(ccp, tmp_path / "ccp")
    name = read(f"ccp:{root}").in_splits("train").photos["photo"][0]
    path = root / "photos" / f"{name}.jpg"
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    Image.open(path).save(path, exif=exif)
    table = read(f"ccp:{root}")
    assert table.problems["file"].tolist() == [name] and "label map is" in table.problems["reason"][0]
    assert name not in set(table.photos["photo"]) | set(table.garments["photo"])
