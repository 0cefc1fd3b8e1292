"""The label audit of a Table: features, beliefs, and what is suspicious about each garment."""

from pathlib import Path

import numpy as np
import pandas as pd

from engine.features import CHANNELS, Embed, Features, garment_features
from engine.imagenet_words import seen_as
from garments.crowds import without_crowds
from garments.types import Table
from garments.vocabulary import Meaning, category_set
from metrics.box_audit import misplaced_boxes, moved_boxes
from metrics.hidden_kinds import Looks, hidden_kinds
from metrics.label_audit import (
    FINDINGS,
    best_of,
    joined,
    likely_wrong,
    near_twins,
    out_of_sample,
    outliers,
    unlike_twins,
)
from readers.corrections import COLUMNS, NO_GARMENT, numbered

WRONG, HIDES, TWINS, OUTLIER, BOX = "wrong label", "hides two", "near twins", "outlier", "box"
KINDS = {
    WRONG: "A classifier that has not seen the garment finds another label more probable (confident learning).",
    HIDES: "The label means several categories, and the garment is in the cluster of this one.",
    TWINS: "Two photos that look the same have different labels. The twin stands behind.",
    OUTLIER: "Unlike all other garments: perhaps no garment, another thing, or a bad photo.",
    BOX: f"The box looks like one beside a garment, or without one. '{NO_GARMENT}' leaves it out of a training.",
}


def find(table: Table, folder: Path, embed: Embed | None = None) -> pd.DataFrame:
    """All that is suspicious, the most suspicious first, a row a garment.

    Args:
        table: photos and garments; crowds are not judged.
        folder: where features are kept; see `engine.features.garment_features`.
        embed: see there.

    Returns:
        photo, garment (its number in the photo), label (of `audited_names`), proposed ('' where nothing is), score
        (0..1), kind (of KINDS), row (of table.garments), other (that of the near twin, else -1).

    Raises:
        ValueError: no photo with a garment can be read.
    """
    judged = without_crowds(table)
    features = garment_features(judged, folder, embed)
    if not len(features.rows):
        raise ValueError("no garment to audit: the data set has no garment in a photo that can be read")
    garments = judged.garments.iloc[features.rows]
    names = audited_names(garments).to_numpy(object)
    findings = _of_labels(judged, garments, names, features)
    findings[BOX] = _of_boxes(judged, features, folder, embed)
    every = best_of(pd.concat([frame.assign(kind=kind) for kind, frame in findings.items() if len(frame)] or [_none()]))
    index = garments.index[every["row"].astype(int)]
    rows = table.garments.loc[index, ["photo"]].assign(garment=numbered(table.garments).loc[index])
    rows["label"] = names[every["row"].astype(int)]
    rows = rows.assign(row=index, **{name: every[name].to_numpy() for name in ("proposed", "score", "kind")})
    others = every["other"].fillna(-1).astype(int) if "other" in every else pd.Series(-1, every.index)
    rows["other"] = [garments.index[n] if n >= 0 else -1 for n in others]
    return rows[[*COLUMNS, "row", "other"]].reset_index(drop=True)


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=[*FINDINGS, "kind", "other"])


def audited_names(garments: pd.DataFrame) -> pd.Series:
    """What is audited of each garment, in one vocabulary: its label, if each label of the data set has one meaning.

    Else its category, which was seen by eye or is all that is known, perhaps 'a|b'; where it has none, label or part.
    """
    labels = garments["label"]
    if (garments.groupby("label")["category"].nunique() == 1).all() and (labels != "").all():
        return labels
    categories = garments["category"].map(lambda category: "|".join(sorted(category_set(category))))
    return categories.where(categories != "", labels.where(labels != "", garments["part"]))


def _of_labels(table: Table, garments: pd.DataFrame, names: np.ndarray, features: Features) -> dict[str, pd.DataFrame]:
    """{kind: findings} of labels; `row` is a row of `garments`."""
    pairs = near_twins(features.values)
    groups = joined(garments["photo"].map(table.photos.set_index("photo")["group"]).to_numpy(object), pairs)
    beliefs = out_of_sample(features.values, names, groups)
    meanings = _meanings(garments, names)
    kinds = {name: sorted(category_set(meaning.category)) for name, meaning in meanings.items()}
    seen = seen_as(features.values) if features.values.shape[1] == CHANNELS else {}
    found = {
        WRONG: likely_wrong(beliefs),
        HIDES: hidden_kinds(Looks(features.values, names, groups, kinds, seen)),
        TWINS: unlike_twins(beliefs, pairs),
        OUTLIER: outliers(features.values),
    }
    found[HIDES] = found[HIDES].replace({"proposed": _labels_of(meanings)})
    return {kind: frame[_says_other(frame, names, meanings)] for kind, frame in found.items()}


def _meanings(garments: pd.DataFrame, names: np.ndarray) -> dict[str, Meaning]:
    """{name: the part and category that most of its garments have}."""
    pairs = garments.assign(name=names).groupby(["name", "part", "category"]).size().sort_values(kind="stable")
    return {name: Meaning(part, category) for name, part, category in pairs.index}


def _labels_of(meanings: dict[str, Meaning]) -> dict[str, str]:
    """{category: the name that alone means it}, so that what is proposed is of the vocabulary that is audited."""
    names = pd.Series({name: meaning.category for name, meaning in meanings.items()})
    return {category: name for name, category in names[~names.duplicated(keep=False)].items()}


def _says_other(findings: pd.DataFrame, names: np.ndarray, meanings: dict[str, Meaning]) -> np.ndarray:
    """(F,) whether a finding proposes something else: neither the same meaning nor one that allows what is given."""
    pairs = zip(names[findings["row"].astype(int)], findings["proposed"], strict=True)
    return np.array([not _is_same(name, proposed, meanings) for name, proposed in pairs], bool)


def _is_same(name: str, proposed: str, meanings: dict[str, Meaning]) -> bool:
    given, then = (category_set(text.casefold()) for text in (name, proposed))
    meaning = meanings[name]
    return given <= then or (bool(meaning.category) and meaning == meanings.get(proposed))


def _of_boxes(table: Table, features: Features, folder: Path, embed: Embed | None) -> pd.DataFrame:
    """Findings of boxes; `row` as in `_of_labels`."""
    moved = moved_boxes(table)
    boxed = table.garments["x_min"].notna().to_numpy()[features.rows]
    if not boxed.any() or not len(moved):
        return _none()
    other = garment_features(Table(table.photos, moved, table.problems), folder, embed)
    group = table.photos.set_index("photo")["group"]
    groups = table.garments["photo"].map(group).to_numpy(object)[features.rows]
    groups_moved = moved["photo"].map(group).to_numpy(object)[other.rows]
    findings = misplaced_boxes(features.values[boxed], other.values, groups[boxed], groups_moved)
    return findings.assign(row=np.flatnonzero(boxed)[findings["row"].astype(int)], proposed=NO_GARMENT)
