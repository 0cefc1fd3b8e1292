"""DeepFashion's two retrieval benchmarks."""

import json

import pytest
from PIL import Image

from garments.types import BOX_COLUMNS
from readers import read
from readers.consumer2shop import read_consumer2shop
from readers.inshop import read_inshop

WOMEN = "img/WOMEN/Jackets_Coats/id_00000001/02_1_front.jpg"
MEN = "img/MEN/Pants/id_00000002/01_4_full.jpg"
USER = "img/TOPS/Tank_Top/id_00000001/comsumer_01.jpg"  # written so in the data set
SHOP = "img/TOPS/Tank_Top/id_00000001/shop_01.jpg"


def write(file, header, *lines):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([str(len(lines)), header, *lines]) + "\n")


def save(root, *photos):
    for photo in photos:
        path = root / "Img" / photo
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 60)).save(path)


@pytest.fixture
def inshop(tmp_path):
    tmp_path = tmp_path / "inshop"
    save(tmp_path, WOMEN, MEN)
    partition = [f"{WOMEN}  id_00000001 train", f"{MEN}    id_00000002 query"]
    write(tmp_path / "Eval/list_eval_partition.txt", "image_name item_id evaluation_status", *partition)
    boxes = [f"{WOMEN} 1 1 003 004 030 050", f"{MEN} 2 4 003 004 300 050"]
    write(tmp_path / "Anno/list_bbox_inshop.txt", "image_name clothes_type pose_type x_1 y_1 x_2 y_2", *boxes)
    points = [f"{WOMEN} 1 1  0 010 012  0 030 012  0 005 020  0 035 020  0 010 050  1 030 050"]
    write(tmp_path / "Anno/list_landmarks_inshop.txt", "image_name clothes_type variation_type landmark_...", *points)
    described = [dict(item="id_00000001", color="Olive", description=["warm"])]
    (tmp_path / "Anno/list_description_inshop.json").write_text(json.dumps(described))
    return tmp_path


@pytest.fixture
def shop(tmp_path):
    tmp_path = tmp_path / "shop"
    save(tmp_path, USER, SHOP)
    pairs = "image_pair_name_1 image_pair_name_2 item_id evaluation_status"
    write(tmp_path / "Eval/list_eval_partition.txt", pairs, *[f"{USER} {SHOP} id_00000001 val"] * 2)
    boxes = [f"{USER} 1 2 003 004 030 050", f"{SHOP} 1 1 003 004 030 050"]
    header = "image_name clothes_type source_type x_1 y_1 x_2 y_2"
    write(tmp_path / "Anno/list_bbox_consumer2shop.txt", header, *boxes)
    return tmp_path


def test_inshop_gives_products_views_and_landmarks(inshop):
    table = read(f"inshop:{inshop}")
    assert table.problems.empty and list(table.photos["split"]) == ["train", "query"]
    assert list(table.garments["part"]) == ["upper", "lower"] and table.garments["category"][1] == "pants|leggings"
    assert table.garments[BOX_COLUMNS].to_numpy().tolist() == [[3, 4, 30, 50], [3, 4, 40, 50]]
    assert list(table.garments["item"]) == list(table.photos["group"]) == ["id_00000001", "id_00000002"]
    assert list(table.garments["attributes"]) == ["frontal|Olive", "zoom-out"]
    assert table.garments["landmarks"][0].reshape(8, 3)[7].tolist() == [30, 50, 1]
    assert len(read_inshop(inshop, "query").garments) == 1


def test_consumer2shop_gives_every_photo_once_with_its_product(shop):
    table = read(f"consumer2shop:{shop}")
    assert table.problems.empty and list(table.photos["split"]) == ["val", "val"]
    assert list(table.garments["attributes"]) == ["user", "shop"] and set(table.garments["item"]) == {"id_00000001"}
    assert list(table.garments["category"]) == ["tank", "tank"] and read_consumer2shop(shop, "train").photos.empty


def test_an_unknown_folder_is_reported_and_its_garment_kept_without_category(inshop):
    for file in inshop.rglob("*.txt"):
        file.write_text(file.read_text().replace("WOMEN/Jackets_Coats", "WOMEN/Hats"))
    (inshop / "Img/img/WOMEN/Jackets_Coats").rename(inshop / "Img/img/WOMEN/Hats")
    table = read_inshop(inshop)
    assert table.garments[["part", "category"]].to_numpy().tolist()[0] == ["upper", ""]
    assert list(table.problems["file"]) == ["list_bbox_inshop.txt:3"] and "WOMEN/Hats" in table.problems["reason"][0]


def test_bad_lines_and_files_are_reported(inshop):
    boxes = inshop / "Anno/list_bbox_inshop.txt"
    boxes.write_text(boxes.read_text().replace("003 004 030 050", "003 004 030"))
    table = read_inshop(inshop)
    assert list(table.problems["file"]) == ["list_bbox_inshop.txt:3"] and len(table.garments) == 1
    (inshop / "Anno/list_description_inshop.json").write_text("{}x")
    with pytest.raises(ValueError, match="list of products"):
        read_inshop(inshop)


def test_a_product_that_is_not_in_the_list_is_reported(inshop):
    (inshop / "Anno/list_item_inshop.txt").write_text("1\nid_00000001\n")
    table = read_inshop(inshop)
    assert list(table.problems["file"]) == ["list_eval_partition.txt:4"] and len(table.garments) == 2
    assert table.problems["reason"][0] == "its product is not in list_item_inshop.txt"


def test_boxes_and_landmarks_are_scaled_to_the_large_photos(inshop):
    (inshop / "Img/img").rename(inshop / "Img/img_highres")
    for file in inshop.glob("Img/img_highres/**/*.jpg"):
        Image.new("RGB", (512, 1024)).save(file)  # img/ has it in 128 x 256, between margins of 64
    boxes = inshop / "Anno/list_bbox_inshop.txt"
    boxes.write_text(boxes.read_text().replace("003 004 030 050", "064 000 074 256"))
    points = inshop / "Anno/list_landmarks_inshop.txt"
    points.write_text(points.read_text().replace("0 010 012", "0 070 012").replace("0 030 012", "2 000 000"))
    table = read(f"inshop:{inshop}")
    assert table.problems.empty and table.photos["photo"][0] == WOMEN.replace("img", "img_highres", 1)
    assert table.garments[BOX_COLUMNS].to_numpy().tolist() == [[0, 0, 40, 1024], [0, 16, 512, 200]]
    landmarks = table.garments["landmarks"][0].reshape(8, 3)
    assert landmarks[:2].tolist() == [[24, 48, 2], [0, 0, 0]] and table.garments["landmarks"][1] is None


def test_the_outlines_are_those_of_the_large_photos(inshop):
    names = ["top", "pants", "footwear"]
    categories = [dict(id=n, name=name) for n, name in enumerate(names, start=1)]
    for split, photo, boxes in (
        ("train", WOMEN, [(1, [3, 4, 20, 20]), (3, [1, 1, 5, 5])]),
        ("query", MEN, [(2, [0, 20, 99, 30])]),
    ):
        name = photo.replace("img", "img_highres", 1)
        save(inshop, name)
        rows = [
            dict(id=n, image_id=7, category_id=category, bbox=box, segmentation=[[1, 1, 9, 1, 9, 9]], area=9, iscrowd=0)
            for n, (category, box) in enumerate(boxes)
        ]
        data = dict(images=[dict(id=7, file_name=name, width=40, height=60)], annotations=rows, categories=categories)
        file = inshop / f"Anno/segmentation/DeepFashion_segmentation_{split}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(data))
    table = read(f"inshop:{inshop / 'Anno/segmentation'}")
    assert table.problems.empty and list(table.photos["split"]) == ["train", "query"]
    assert list(table.garments["part"]) == ["upper", "lower"] and table.garments["segmentation"][0] == [
        [1, 1, 9, 1, 9, 9]
    ]
    assert table.garments[BOX_COLUMNS].to_numpy().tolist() == [[3, 4, 23, 24], [0, 20, 40, 50]]
    assert list(table.garments["item"]) == list(table.photos["group"]) == ["id_00000001", "id_00000002"]
    assert len(read_inshop(inshop / "Anno/segmentation", "query").photos) == 1
    with pytest.raises(ValueError, match="expected DeepFashion_segmentation_gallery"):
        read_inshop(inshop / "Anno/segmentation", "gallery")
    file.write_text("{}")
    with pytest.raises(ValueError, match="not as it was published"):
        read_inshop(inshop / "Anno/segmentation")
