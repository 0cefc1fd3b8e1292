"""Boxes of a CSV, for photos that have labels only."""

import pandas as pd

from garments.types import GARMENT_COLUMNS, Table
from readers.extra_boxes import with_extra_boxes

BOX = dict(x_min=1.0, y_min=2.0, x_max=8.0, y_max=9.0, score=0.9)


def test_a_garment_keeps_what_the_csv_does_not_say_of_it(tmp_path):
    photos = [dict(photo=name, path="", width=10, height=10) for name in ("one", "pair", "boxed")]
    tee = dict(label="Tee", part="upper", category="tee")
    rows = [
        dict(photo="one", **tee, item="7", attributes="Men|blue"),
        dict(photo="pair", **tee, item="8", attributes="Women"),
        dict(photo="pair", **tee, item="9", attributes="Women"),
        dict(photo="boxed", **tee, **BOX, item="10", attributes="Girls"),
    ]
    weak = [dict(photo=name, **tee, **BOX) for name in ("one", "pair", "pair", "boxed")]
    pd.DataFrame(weak).reindex(columns=GARMENT_COLUMNS).fillna({"trust": 1, "mask_value": -1}).to_csv(
        tmp_path / "weak.csv", index=False
    )
    merged = with_extra_boxes(Table.of(photos, rows, []), [tmp_path / "weak.csv"]).garments
    assert merged["x_min"].notna().all() and merged["photo"].value_counts().to_dict() == {
        "one": 1,
        "pair": 2,
        "boxed": 1,
    }
    kept = merged.groupby("photo")[["item", "attributes"]].agg(list)
    assert kept.loc["one"].tolist() == [["7"], ["Men|blue"]] and kept.loc["boxed"].tolist() == [["10"], ["Girls"]]
    assert merged.loc[merged["photo"] == "pair", "attributes"].isna().all()  # which is which is not known
