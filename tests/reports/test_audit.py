import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pycocotools.coco import COCO

from garments.types import Table
from readers import read
from readers.__main__ import main
from readers.corrections import with_corrections
from reports.audit import audit
from reports.audit_findings import audited_names, find

COLOURS = {"shirt": (200, 40, 40), "jeans": (40, 40, 200), "dress": (40, 200, 40)}
EACH = 30


def colours(crops: np.ndarray) -> np.ndarray:
    """(B, 12): the colours of the middle of four parts of each crop."""
    parts = [crops[:, y : y + 64, x : x + 64].mean((1, 2)) for y in (48, 144) for x in (48, 144)]
    return np.concatenate(parts, 1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of folders: plain photos, a colour a label; in labels.csv two are wrong, and one is called another."""
    root = tmp_path_factory.mktemp("audit")
    rng, lines = np.random.default_rng(0), ["file,label"]
    for label, colour in COLOURS.items():
        (root / label).mkdir()
        for n in range(EACH):
            pixels = (np.array(colour) + rng.normal(0, 25, (2, 2, 3)).repeat(20, 0).repeat(15, 1)).clip(0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(root / label / f"{n:02d}.png")
            lines.append(f"{label}/{n:02d}.png,{'dress' if label == 'jeans' and n < 2 else label}")
    (root / "labels.csv").write_text("\n".join(lines))
    return root


@pytest.fixture(scope="module")
def audited(folder, tmp_path_factory):
    """The Table and the folder of its audit."""
    table, out = read(f"folders:{folder}"), tmp_path_factory.mktemp("out")
    assert audit(table, "mine", out, colours) == out / "index.html"
    return table, out


def test_the_wrong_labels_come_first_with_their_own_label(audited):
    rows = pd.read_csv(audited[1] / "audit.csv", keep_default_na=False)
    assert list(rows.columns) == ["photo", "garment", "label", "proposed", "score", "kind"]
    assert set(rows["photo"].head(2)) == {"jeans/00.png", "jeans/01.png"}
    assert rows.head(2)[["garment", "label", "proposed"]].values.tolist() == [[0, "dress", "jeans"]] * 2
    assert rows["score"].is_monotonic_decreasing and rows["score"].between(0, 1).all()


def test_a_training_takes_the_rows_back(audited):
    table, out = audited
    rows = (out / "audit.csv").read_text().splitlines()[:3]
    (out / "kept.csv").write_text("\n".join(rows))
    corrected = with_corrections(table, out / "kept.csv")
    assert corrected.garments["label"].value_counts().to_dict() == dict.fromkeys(COLOURS, EACH)
    assert corrected.garments["category"].value_counts().to_dict() == dict.fromkeys(COLOURS, EACH)


def test_the_coco_twin_has_a_box_a_label_and_the_proposal_of_each_row(audited):
    rows = pd.read_csv(audited[1] / "audit.csv", keep_default_na=False)
    coco = COCO(str(audited[1] / "audit.json"))
    assert len(coco.anns) == len(rows)
    for n, row in enumerate(rows.itertuples(), start=1):
        entry, image = coco.anns[n], coco.imgs[coco.anns[n]["image_id"]]
        assert image["file_name"] == row.photo and entry["bbox"] == [0, 0, 30, 40] and entry["area"] == 1200
        assert coco.cats[entry["category_id"]]["name"] == row.label
        assert (entry["attributes"]["proposed"], entry["attributes"]["score"]) == (row.proposed, row.score)
    assert coco.dataset["licenses"] == [] and min(coco.cats) == 1 and {e["iscrowd"] for e in coco.anns.values()} == {0}
    assert {"shirt", "none"} & {category["name"] for category in coco.cats.values()} == set()


def test_the_page_shows_each_with_its_crop_and_its_proposal(audited):
    rows = pd.read_csv(audited[1] / "audit.csv", keep_default_na=False)
    page = (audited[1] / "index.html").read_text()
    for row in rows.head(2).itertuples():
        assert f"dress → jeans ({row.score:.2f}) {row.photo}" in page
    twins = page.count("its twin: ")
    assert page.count('<img src="crops/') == len(rows) + twins and twins == (rows["kind"] == "near twins").sum()
    kinds = json.loads((audited[1] / "figures.json").read_text())["kinds"]
    assert {kind: row["garments"] for kind, row in kinds.items() if row["garments"]} == dict(
        rows["kind"].value_counts()
    )


def test_a_second_call_reads_no_photo_again(audited):
    def never(crops: np.ndarray) -> np.ndarray:
        raise AssertionError("computed again")

    table, out = audited
    found = find(table, out / "features", never)
    assert len(found) == len(pd.read_csv(out / "audit.csv"))


@pytest.mark.parametrize(
    "rows, names",
    [
        ([("Longsleeve", "sweater|tee"), ("T-Shirt", "tee"), ("Sock", "")], ["Longsleeve", "T-Shirt", "Sock"]),
        ([("Longsleeve", "sweater"), ("Longsleeve", "tee|sweater"), ("Sock", "")], ["sweater", "sweater|tee", "Sock"]),
        ([("Longsleeve", "sweater"), ("Longsleeve", "tee"), ("T-Shirt", "tee")], ["sweater", "tee", "tee"]),
        ([("", "tee"), ("", "")], ["tee", "upper"]),
    ],
)
def test_labels_are_audited_unless_categories_stand_above_them_or_there_are_none(rows, names):
    garments = pd.DataFrame(rows, columns=["label", "category"]).assign(part="upper")
    assert audited_names(garments).tolist() == names


def photos_of(root, *colours_and_meanings, each=30):
    """A Table of plain photos with noise: (colour, label, category), `each` of them."""
    rng, photos, garments = np.random.default_rng(0), [], []
    for n, (colour, label, category) in enumerate(colours_and_meanings * each):
        pixels = (np.array(colour) + rng.normal(0, 12, (8, 8, 3)).repeat(5, 0).repeat(4, 1)).clip(0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(root / f"{n}.png")
        photos.append(dict(photo=f"{n}.png", path=str(root / f"{n}.png"), width=32, height=40, group=str(n)))
        garments.append(dict(photo=f"{n}.png", label=label, part="upper", category=category))
    return Table.of(photos, garments, [])


def test_with_categories_by_eye_every_proposal_is_another_category(tmp_path):
    table = photos_of(
        tmp_path, ((200, 40, 40), "Long", "sweater"), ((40, 40, 200), "Long", "tee"), ((44, 40, 196), "Shirt", "tee")
    )
    wrong = {0: "tee", 1: "sweater", 2: "sweater"}
    table.garments.loc[list(wrong), "category"] = list(wrong.values())
    found = find(table, tmp_path / "features", colours).query("proposed != ''")
    assert set(wrong) <= set(found["row"]) and len(found) < 8
    assert set(zip(found["label"], found["proposed"], strict=True)) == {("tee", "sweater"), ("sweater", "tee")}


def test_a_kind_that_is_hidden_is_called_by_the_label_that_means_it_and_never_by_the_same_name(tmp_path):
    rows = ((200, 40, 40), "Tops", "top|tee"), ((40, 40, 200), "Tops", "top|tee"), ((44, 40, 196), "T-Shirt", "tee")
    table = photos_of(tmp_path, *rows, ((200, 44, 40), "Top", "top"))
    found = find(table, tmp_path / "features", colours).query("kind == 'hides two'")
    assert set(found["label"]) == {"Tops"} and set(found["proposed"]) == {"T-Shirt", "Top"} and len(found) > 40
    table.garments["label"] = table.garments["label"].replace({"Tops": "Tee", "T-Shirt": "jersey", "Top": "upper"})
    found = find(table, tmp_path / "features", colours).query("kind == 'hides two'")
    assert set(found["label"]) == {"Tee"} and set(found["proposed"]) == {"jersey", "upper"}


def test_boxes_beside_their_garments_are_found(tmp_path):
    rng, photos, garments = np.random.default_rng(0), [], []
    for n in range(60):
        pixels = rng.integers(0, 40, (120, 160, 3), dtype=np.uint8)
        pixels[30:90, 20:60] += np.array([150, 60, 60], np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{n}.png")
        photos.append(dict(photo=str(n), path=str(tmp_path / f"{n}.png"), width=160, height=120))
        x = 100 if n < 3 else 20
        garments.append(dict(photo=str(n), label="tee", category="tee", x_min=x, y_min=30, x_max=x + 40, y_max=90))
    found = find(Table.of(photos, garments, []), tmp_path / "features", colours)
    boxes = found[found["kind"] == "box"]
    assert set(boxes["photo"].head(3)) == {"0", "1", "2"} and set(boxes["proposed"]) == {"none"} and len(boxes) < 10


def test_without_a_garment_there_is_nothing_to_audit(tmp_path):
    with pytest.raises(ValueError, match="no garment to audit"):
        find(Table.of([dict(photo="a", path="a", width=1, height=1)], [], []), tmp_path, colours)


def test_the_command_audits_with_the_shipped_network(clothing, tmp_path, capsys):
    main(["clothing", str(clothing), "--audit", "--out", str(tmp_path / "out")])
    assert str(tmp_path / "out" / "index.html") in capsys.readouterr().out
    assert (tmp_path / "out" / "audit.csv").read_text().startswith("photo,garment,label,proposed,score,kind")
    with pytest.raises(SystemExit):
        main(["clothing", str(clothing), "--audit"])
    assert "--audit and --out FOLDER belong together" in capsys.readouterr().err
