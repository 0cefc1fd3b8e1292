import json

import pytest
from PIL import Image

from garments.types import BOX_COLUMNS
from readers import read
from readers.deepfashion2 import read_deepfashion2


def item(category, box, style=1, **changes):
    known = dict(
        segmentation=[[1, 1, 9, 1, 9, 9]], scale=3, viewpoint=2, zoom_in=1, landmarks=[10, 12, 2, 0, 0, 0], style=style
    )
    return {**known, "bounding_box": box, "category_id": category, "occlusion": 2, "category_name": "any", **changes}


def annotate(root, name, **items):
    file = root / f"{name.replace('/', '/annos/')}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(items))


@pytest.fixture
def root(tmp_path):
    annotate(
        tmp_path,
        "train/000001",
        source="shop",
        pair_id=7,
        item1=item(1, [1, 2, 30, 40]),
        item2=item(8, [-3, 40, 50, 90]),
    )
    annotate(tmp_path, "train/000002", source="user", pair_id=7, item1=item(1, [1, 2, 30, 40], style=0))
    annotate(tmp_path, "validation/000001", source="user", pair_id=9, item2=item(13, [5, 5, 9, 9]))
    for name in ("train/image/000001", "train/image/000002", "validation/image/000001"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 60)).save(tmp_path / f"{name}.jpg")
    return tmp_path


def test_boxes_categories_landmarks_and_pairs(root):
    table = read(f"deepfashion2:{root}")
    assert table.problems.empty and dict(table.photos["split"].value_counts()) == {"train": 2, "val": 1}
    assert list(table.garments["part"]) == ["upper", "lower", "upper", "full"]
    assert list(table.garments["label"]) == ["short sleeve top", "trousers", "short sleeve top", "sling dress"]
    assert table.garments[BOX_COLUMNS].to_numpy().tolist()[1] == [0, 40, 40, 60]
    assert list(table.garments["item"]) == ["7 1", "7 1", "", "9 1"] and table.photos["group"].nunique() == 2
    assert table.garments["attributes"][0] == "shop|scale 3|occlusion 2|zoom_in 1|viewpoint 2"
    assert table.garments["landmarks"][0].tolist() == [10, 12, 2, 0, 0, 0] and "segmentation" not in table.garments


def test_a_split_and_outlines_on_request(root):
    table = read_deepfashion2(root, "val", outlines=True)
    assert list(table.photos["photo"]) == ["validation/image/000001.jpg"]
    assert table.garments["segmentation"].tolist() == [[[1, 1, 9, 1, 9, 9]]]


@pytest.mark.parametrize(
    "items, message",
    [
        (dict(source="shop", pair_id=7, item1=item(14, [1, 2, 3, 4])), "unknown label 'category 14'"),
        (dict(source="shop", pair_id=7, item1=item(1, [1, 2, 1, 4])), "box is empty"),
        (dict(source="shop", pair_id=7, item1=item(1, [1, 2, 3])), "as DeepFashion2 writes it"),
        (dict(source="shop", item1=item(1, [1, 2, 3, 4])), "'pair_id'"),
    ],
)
def test_a_bad_file_is_a_problem_and_the_rest_is_read(root, items, message):
    annotate(root, "train/000001", **items)
    table = read_deepfashion2(root)
    assert len(table.problems) == 1 and message in table.problems["reason"][0] and len(table.garments) == 2
    assert table.problems["file"][0].startswith("train/annos/000001.json")


def test_missing_photos_and_folders_are_reported(root, tmp_path):
    (root / "train/image/000002.jpg").unlink()
    (root / "train/annos/000001.json").write_text("{")
    table = read_deepfashion2(root)
    assert sorted(table.problems["file"]) == ["train/annos/000001.json", "train/annos/000002.json"]
    with pytest.raises(ValueError, match="expected"):
        read_deepfashion2(root, "test")
