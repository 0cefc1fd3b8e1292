import numpy as np
import pytest
from PIL import Image

from garments.types import BOX_COLUMNS
from readers import read
from readers.deepfashion import read_deepfashion

CATEGORIES = [("Anorak", 1), ("Tee", 1), ("Jeans", 2), ("Dress", 3)]
TEE = "1  0 010 012  0 030 012  1 005 020  2 000 000  0 010 050  0 030 050"  # visibility, x, y
JEANS = "2  0 010 012  0 030 012  0 005 048  0 035 048"
ROWS = [  # photo, split, category, box, clothes type and landmarks
    ("img/Tee_A/img_00000001.jpg", "train", 2, (5, 6, 40, 50), TEE),
    ("img/Jeans_B/img_00000002.jpg", "val", 3, (-4, 6, 90, 50), JEANS),
    ("img/Dress_C/img_00000003.jpg", "test", 4, (9, 9, 30, 80), "3 " + "  0 010 012" * 8),
]


BOXES, PARTITION = "Anno_coarse/list_bbox.txt", "Eval/list_eval_partition.txt"


def write(file, count, header, lines, end="\n"):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(end.join([str(count), header, *lines, ""]).encode())


@pytest.fixture
def coarse(tmp_path):
    """The benchmark's coarse layout, with Windows line ends in one file."""
    anno = tmp_path / "Anno_coarse"
    write(anno / "list_category_cloth.txt", 4, "category_name  category_type", [f"{n:<14} {t}" for n, t in CATEGORIES])
    write(anno / "list_category_img.txt", 3, "image_name  category_label", [f"{r[0]:<70} {r[2]}" for r in ROWS], "\r\n")
    boxes = [f"{r[0]:<70} " + " ".join(f"{v:03d}" for v in r[3]) for r in ROWS]
    write(anno / "list_bbox.txt", 3, "image_name  x_1  y_1  x_2  y_2", boxes)
    write(
        anno / "list_landmarks.txt", 3, "image_name  clothes_type  landmark_...", [f"{r[0]:<70} {r[4]}" for r in ROWS]
    )
    write(anno / "list_attr_cloth.txt", 3, "attribute_name  attribute_type", ["a-line 3", "floral print 1", "knit 2"])
    marks = [f"{r[0]:<70} -1  1 {n - 1}" for n, r in enumerate(ROWS)]
    write(anno / "list_attr_img.txt", 3, "image_name  attribute_labels", marks)
    write(
        tmp_path / "Eval" / "list_eval_partition.txt",
        3,
        "image_name  evaluation_status",
        [f"{r[0]} {r[1]}" for r in ROWS],
    )
    for photo, *_ in ROWS:
        path = tmp_path / "Img" / photo
        path.parent.mkdir(parents=True)
        Image.new("RGB", (60, 90)).save(path)
    return tmp_path


@pytest.fixture
def fine(coarse):
    """The finer labels beside them: one file for each split and type of label, without headers."""
    anno = coarse / "Anno_fine"
    for name in ("list_category_cloth.txt", "list_attr_cloth.txt"):
        anno.mkdir(exist_ok=True)
        (anno / name).write_bytes((coarse / "Anno_coarse" / name).read_bytes())
    for photo, split, category, box, _ in ROWS:
        (anno / f"{split}.txt").write_text(f"{photo}\n")
        (anno / f"{split}_cate.txt").write_text(f"{category}\n")
        (anno / f"{split}_bbox.txt").write_text(" ".join(map(str, box)) + "\n")
        (anno / f"{split}_attr.txt").write_text("1 0 1\n")
        (anno / f"{split}_landmards.txt").write_text(" ".join(["0 0", *["7 9"] * 7]) + "\n")
    return anno


def test_the_coarse_layout_gives_boxes_categories_and_landmarks(coarse):
    table = read(f"deepfashion:{coarse}")
    assert table.problems.empty and list(table.photos["split"]) == ["train", "val", "test"]
    assert list(table.garments["part"]) == ["upper", "lower", "full"]
    assert list(table.garments["category"]) == ["tee", "jeans", "dress"]
    assert table.garments[BOX_COLUMNS].to_numpy().tolist() == [[5, 6, 40, 50], [0, 6, 60, 50], [9, 9, 30, 80]]
    points = table.garments["landmarks"][0].reshape(8, 3)
    assert points[0].tolist() == [10, 12, 2] and points[2].tolist() == [5, 20, 1] and points[3].tolist() == [0, 0, 0]
    assert points[4].tolist() == [0, 0, 0] and points[6].tolist() == [10, 50, 2]  # no waistline; the hem
    jeans = table.garments["landmarks"][1].reshape(8, 3)
    assert not jeans[:4].any() and jeans[5].tolist() == [30, 12, 2]


def test_a_split_and_attributes_are_read_on_request(coarse, fine):
    one = read_deepfashion(coarse, "test", attributes=True)
    assert len(one.photos) == len(one.garments) == 1 and one.garments["attributes"].tolist() == ["floral print|knit"]
    assert read_deepfashion(fine, "train", attributes=True).garments["attributes"].tolist() == ["a-line|knit"]


@pytest.mark.parametrize("word", ["landmards", "landmarks"])
def test_the_fine_layout_gives_the_same_garments(coarse, fine, word):
    for file in fine.glob("*_landmards.txt"):
        file.rename(fine / file.name.replace("landmards", word))
    table, other = read(f"deepfashion:{fine}"), read(f"deepfashion:{coarse}")
    assert table.problems.empty
    same = ["photo", "label", "part", "category", *BOX_COLUMNS]
    assert table.garments[same].to_numpy().tolist() == other.garments[same].to_numpy().tolist()
    points = table.garments["landmarks"][0].reshape(8, 3)
    assert points[0].tolist() == [0, 0, 0] and points[1].tolist() == [7, 9, 2]


def spoil(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    "file, old, new, where, message",
    [
        (BOXES, "005 006 040 050", "005 006 040", "list_bbox.txt:3", "expected 5 columns, got 4"),
        (BOXES, "005 006 040 050", "005 006 040 050 7", "list_bbox.txt:3", "expected 5 columns, got 6"),
        (BOXES, "009 009 030 080", "009 009 030 080 7", "list_bbox.txt:5", "expected 5 columns, got 6"),
        (BOXES, "005 006 040 050", "005 006 04O 050", "list_bbox.txt:3", "got '04O'"),
        (BOXES, "005 006 040 050", "040 006 040 050", "list_bbox.txt:3", "box is empty"),
        (BOXES, "005 006 040 050", "070 006 080 050", "list_bbox.txt:3", "outside"),
        (BOXES, "img/Tee_A", "img/Tee_X", "list_bbox.txt:3", "not listed"),
        (BOXES, "3\n", "4\n", "list_bbox.txt:1", "expected 4 rows"),
        ("Anno_coarse/list_category_img.txt", " 2", " 9", "list_bbox.txt:3", "unknown label ''"),
        (PARTITION, "img/Jeans_B/img_00000002.jpg", ROWS[0][0], "list_eval_partition.txt:4", "twice"),
    ],
)
def test_a_bad_row_is_a_problem_with_file_and_line_and_the_rest_is_read(coarse, file, old, new, where, message):
    spoil(coarse / file, old, new)
    table = read_deepfashion(coarse)
    found = table.problems[table.problems["file"] == where]
    assert len(found) == 1 and message in found["reason"].iloc[0] and found["remedy"].iloc[0]
    assert len(table.garments) >= 2 - ("twice" in message)
    boxes = table.garments[BOX_COLUMNS].to_numpy()
    assert (boxes >= 0).all() and (boxes[:, 2] <= 60).all() and (boxes[:, 3] <= 90).all() and np.isfinite(boxes).all()


def test_a_photo_that_is_listed_but_missing_or_no_image(coarse):
    (coarse / "Img" / ROWS[0][0]).unlink()
    (coarse / "Img" / ROWS[1][0]).write_text("no photo")
    table = read_deepfashion(coarse)
    assert list(table.problems["file"]) == ["list_eval_partition.txt:3", "list_eval_partition.txt:4"]
    assert list(table.photos["photo"]) == list(table.garments["photo"]) == [ROWS[2][0]]


def test_a_folder_that_holds_something_else_is_reported(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read(f"deepfashion:{tmp_path}")
