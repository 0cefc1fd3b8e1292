import re

import pytest

from garments.types import Table
from readers.corrections import with_corrections


@pytest.fixture
def table() -> Table:
    """Two data sets, with a photo of the same name in both; Kimono is an own label, poncho an own category."""
    names = [("coco/a.jpg", "coco"), ("coco/b.jpg", "coco"), ("clothing/a.jpg", "clothing")]
    photos = [dict(photo=name, path=name, width=9, height=9, dataset=dataset) for name, dataset in names]
    garments = [
        dict(photo="coco/b.jpg", label="Kimono", part="full", category="poncho|dress"),
        dict(photo="coco/a.jpg", label="shirt", part="upper", category="shirt"),
        dict(photo="coco/b.jpg", label="shirt", part="upper", category="shirt"),
        dict(photo="clothing/a.jpg", label="Longsleeve", part="upper", category="sweater"),
    ]
    return Table.of(photos, garments, [])


def corrected(table: Table, tmp_path, *lines: str) -> Table:
    file = tmp_path / "kept.csv"
    file.write_text("\n".join(["photo,garment,label,proposed,score,kind", *lines]))
    return with_corrections(table, file)


@pytest.mark.parametrize(
    "line, row, meaning",
    [
        ("b.jpg,1,shirt,Kimono,0.9,wrong label", 2, ["Kimono", "full", "poncho|dress"]),
        ("coco/b.jpg,0,Kimono,jeans,0.9,wrong label", 0, ["jeans", "lower", "jeans"]),
        ("coco/a.jpg,0.0,shirt,tee|tank", 1, ["tee|tank", "upper", "tee|tank"]),
        ("clothing/a.jpg,0,Longsleeve,T-Shirt,1,hides two", 3, ["T-Shirt", "upper", "tee"]),
        ("coco/a.jpg,0,shirt,upper", 1, ["upper", "upper", ""]),
        ("clothing/a.jpg,0,sweater,hoodie", 3, ["hoodie", "upper", "hoodie"]),
        ("coco/a.jpg,0,shirt,poncho", 1, ["poncho", "full", "poncho"]),
        ("coco/b.jpg,0,dress|poncho,dress", 0, ["dress", "full", "dress"]),
        ("coco/a.jpg,0,shirt,poncho|tee", 1, ["poncho|tee", "", "poncho|tee"]),
    ],
)
def test_the_proposed_label_brings_its_part_and_category(table, tmp_path, line, row, meaning):
    garments = corrected(table, tmp_path, line).garments
    assert garments.loc[row, ["label", "part", "category"]].tolist() == meaning
    others = garments.index != row
    assert garments[others].equals(table.garments[others])


def test_none_leaves_the_garment_out(table, tmp_path):
    found = corrected(table, tmp_path, "b.jpg,0,Kimono,none", "b.jpg,1,shirt,tee")
    assert found.garments["label"].tolist() == ["shirt", "tee", "Longsleeve"] and len(found.photos) == 3


def test_without_a_file_nothing_changes(table):
    assert with_corrections(table, None) is table


@pytest.mark.parametrize(
    "line, words",
    [
        ("c.jpg,0,shirt,tee", "kept.csv:2: no photo 'c.jpg' in the data; take the line out, or audit this data again"),
        ("a.jpg,0,shirt,tee", "kept.csv:2: photo 'a.jpg' is that of coco/a.jpg and clothing/a.jpg; write one"),
        ("b.jpg,2,shirt,tee", "kept.csv:2: no garment '2' in photo 'b.jpg', expected 0 to 1; take the line out"),
        ("b.jpg,1,Shirt,tee", "kept.csv:2: expected the label 'shirt' of the data, got 'Shirt'; the data has changed"),
        ("b.jpg,1,shirt,", "kept.csv:2: nothing is proposed; fill in a label, or take the line out"),
        ("b.jpg,1,shirt,Toga", "kept.csv:2: unknown label 'Toga'; expected a label of the data (Kimono, shirt), a cat"),
        ("b.jpg,1,shirt,|", "kept.csv:2: unknown label '|'; expected a label of the data (Kimono, shirt), a cat"),
        ("clothing/a.jpg,0,Longsleeve,Hat", "kept.csv:2: unknown label 'Hat'; expected a label of the data (Blazer"),
        ("b.jpg,1,shirt,tee\nb.jpg,1,shirt,tank", "kept.csv:3: the same garment as in"),
        ("b.jpg,1,shirt,tee,1,x,y", "kept.csv:2: expected 6 cells, got 7; put a cell"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_file_and_line(table, tmp_path, line, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        corrected(table, tmp_path, line)


def test_a_file_of_other_columns_is_refused(table, tmp_path):
    (tmp_path / "kept.csv").write_text("photo,label\na,b\n")
    with pytest.raises(ValueError, match=r"kept\.csv: expected the columns photo, garment, label and proposed"):
        with_corrections(table, tmp_path / "kept.csv")
