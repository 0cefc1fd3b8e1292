"""The label audit of a data set on disk: a page, audit.csv, and audit.json, which is the same in COCO's format."""

import json
import os
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.features import Embed
from garments.coco import coco_image
from garments.types import BOX_COLUMNS, Table
from readers.corrections import COLUMNS, NO_GARMENT
from reports.audit_findings import KINDS, find
from reports.crops import write_crops
from reports.page import Page

CSV, COCO, FEATURES = "audit.csv", "audit.json", "features"
SHOWN, PAIRS = 200, 25  # of each kind on the page; rows of the table of labels
DIGITS = 4  # of a score
HOW = (
    f"{CSV} lists all, the most suspicious first; a score of 1 is surely wrong. Take out the rows that you do not "
    "agree with, and give the rest to a training: --corrections."
)


def audit(table: Table, title: str, out: Path, embed: Embed | None = None) -> Path:
    """Audit the labels and boxes of a data set.

    Args:
        table: the data set.
        title: of the page.
        out: folder to write: index.html, audit.csv, audit.json, crops/, and features/, which makes a second call quick.
        embed: see `engine.features.garment_features`.

    Returns:
        The page.

    Raises:
        ValueError: no photo with a garment can be read.
    """
    found = find(table, out / FEATURES, embed)
    found["score"] = found["score"].astype(float).round(DIGITS)
    out.mkdir(parents=True, exist_ok=True)
    found[COLUMNS].to_csv(out / CSV, index=False)
    (out / COCO).write_text(json.dumps(coco_twin(table, found)), encoding="utf-8")
    return write_page(table, found, title, out)


def coco_twin(table: Table, found: pd.DataFrame) -> dict:
    """The findings as a COCO data set that CVAT imports: its labels are those of the data, proposals are attributes.

    Args:
        table: photos and garments.
        found: of `find`.

    Returns:
        Images with the names of their files below the folder that all photos are in; an annotation a finding, with its
        box (the whole photo where the garment has none), its label as category, and proposed, score, kind as
        attributes.
    """
    photos = table.photos[table.photos["photo"].isin(found["photo"])].reset_index(drop=True)
    labels = sorted({*found["label"], *(set(found["proposed"]) - {"", NO_GARMENT})})
    numbers = {photo: n for n, photo in enumerate(photos["photo"], start=1)}
    sizes = dict(zip(photos["photo"], photos[["width", "height"]].to_numpy(float), strict=True))
    boxes = table.garments.loc[found["row"], BOX_COLUMNS].to_numpy(float)
    annotations = []
    for n, (row, box) in enumerate(zip(found.itertuples(), boxes, strict=True), start=1):
        x1, y1, x2, y2 = (float(v) for v in ([0, 0, *sizes[row.photo]] if np.isnan(box).any() else box))
        more = {"proposed": row.proposed, "score": float(row.score), "kind": row.kind, "garment": int(row.garment)}
        place = {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1), "segmentation": [], "iscrowd": 0}
        label = labels.index(row.label) + 1
        annotations.append({"id": n, "image_id": numbers[row.photo], "category_id": label, **place, "attributes": more})
    folder = os.path.commonpath([os.path.dirname(path) for path in table.photos["path"]])
    files = [Path(os.path.relpath(path, folder)).as_posix() for path in photos["path"]]
    names = zip(files, photos["width"], photos["height"], strict=True)
    return {
        "info": {"description": "label audit"},
        "licenses": [],
        "images": [coco_image(n, name, width, height) for n, (name, width, height) in enumerate(names, start=1)],
        "annotations": annotations,
        "categories": [{"id": n, "name": name, "supercategory": ""} for n, name in enumerate(labels, start=1)],
    }


def write_page(table: Table, found: pd.DataFrame, title: str, out: Path) -> Path:
    """The page of findings: counts, which labels are proposed for which, and each garment with what is proposed."""
    page = Page(out, f"{title}: label audit")
    proposed = (found["proposed"] != "").sum()
    words = f"{len(found)} of {len(table.garments)} garments are suspicious; for {proposed} something is proposed"
    page.verdict(words, len(found) > 0)
    counts = found.groupby("kind")["score"].agg(garments="size", highest="max", lowest="min").reindex(list(KINDS))
    page.table("kinds", "By kind", counts.fillna({"garments": 0}).astype({"garments": int}), HOW)
    pairs = found.loc[found["proposed"] != "", ["label", "proposed", "kind"]].value_counts().head(PAIRS)
    names = [f"{label} → {proposal} ({kind})" for label, proposal, kind in pairs.index]
    pairs = pd.DataFrame({"garments": pairs.to_numpy()}, pd.Index(names, name="label → proposed"))
    page.table("labels", "Labels and proposals", pairs, "The most frequent; kinds that a label hides show here.")
    shown = found.groupby("kind", sort=False).head(SHOWN)
    captions = {row.row: _caption(row) for row in shown.itertuples()}
    twins = [other for other in shown["other"] if other >= 0]
    crops = write_crops(table, [*dict.fromkeys([*captions, *twins])], out, lambda row: captions.get(row, ""))
    for kind, words in KINDS.items():
        of_kind = shown[shown["kind"] == kind]
        total = int((found["kind"] == kind).sum())
        rest = f" The first {len(of_kind)} of {total}; {CSV} has all." if len(of_kind) < total else ""
        pictures = _pictures(of_kind, crops, table.garments)
        page.crops(kind.capitalize(), pictures, words + rest if total else f"{words} None.")
    return page.write()


def _caption(row: Any) -> str:
    change = f"{row.label} → {row.proposed}" if row.proposed else row.label
    return f"{change} ({row.score:.2f}) {row.photo}" + (f" #{row.garment}" if row.garment else "")


def _pictures(found: pd.DataFrame, crops: dict[int, dict], garments: pd.DataFrame) -> list[dict]:
    """The crops of findings, each with its near twin behind it."""
    pictures = []
    for row in found.itertuples():
        pictures += [crops[row.row]] if row.row in crops else []
        if row.other in crops:
            twin: Hashable = row.other
            label, photo = garments.loc[twin, ["label", "photo"]]
            pictures.append({**crops[row.other], "words": f"its twin: {label}, {photo}"})
    return pictures
