"""Corrected labels: the rows of a label audit that a user kept, put in place of the labels of a data set."""

from pathlib import Path
from typing import Any

import pandas as pd

from garments.text_files import read_csv
from garments.types import Table
from garments.vocabulary import PART_OF, Meaning, category_set, own_taxonomy, taxonomy

COLUMNS = ["photo", "garment", "label", "proposed", "score", "kind"]  # of audit.csv; the first four are needed
NAMES = ["label", "category", "part"]  # of a garment; an audit calls it by one of them
NO_GARMENT = "none"  # proposed where there is no garment


def with_corrections(table: Table, file: Path | None) -> Table:
    """The Table with the labels that a CSV proposes; part and category change with the label.

    Args:
        table: as read, before photos are left out of it, since a garment is named by its number in its photo.
        file: a CSV with the columns photo, garment (0.. in its photo), label and proposed; None changes nothing. What
            is proposed is a label of the same data set, a category, several ('a|b'), or 'none': the garment is left
            out. A photo may be named with or without 'NAME/' of its data set.

    Raises:
        ValueError: a row fits no garment, or proposes what is not known; names file and line, and what to do.
    """
    if file is None:
        return table
    rows, problems = read_csv(file, COLUMNS[:4])
    for problem in problems:
        raise ValueError(f"{file.parent / problem['file']}: {problem['reason']}; {problem['remedy']}")
    places, names = _places(table.garments), _names(table.photos)
    datasets = dict(zip(table.photos["photo"], table.photos["dataset"], strict=True))
    of_dataset = table.garments.groupby(table.garments["photo"].map(datasets))
    known = {dataset: meanings(garments, dataset) for dataset, garments in of_dataset}
    parts = _parts(table.garments) | PART_OF
    garments, gone = table.garments.copy(), []
    seen: dict[int, Path] = {}
    for row in rows.itertuples():
        line = file.parent / row.line
        place = _place(row, line, places, names)
        _check(row, line, table.garments.loc[place, NAMES].tolist(), seen.setdefault(place, line))
        meaning = _meaning(row.proposed, line, known[datasets[garments.at[place, "photo"]]], parts)
        if meaning is None:
            gone.append(place)
        else:
            garments.loc[place, ["label", "part", "category"]] = [row.proposed, *meaning]
    return Table(table.photos, garments.drop(index=gone).reset_index(drop=True), table.problems)


def numbered(garments: pd.DataFrame) -> pd.Series:
    """The number of each garment in its photo, from 0, in the order of the Table."""
    return garments.groupby("photo", sort=False).cumcount()


def _places(garments: pd.DataFrame) -> dict[tuple[str, str], int]:
    """{(photo, number of the garment as text): its index}."""
    numbers = numbered(garments).astype(str)
    return dict(zip(zip(garments["photo"], numbers, strict=True), garments.index, strict=True))


def _names(photos: pd.DataFrame) -> dict[str, list[str]]:
    """{name of a photo, with or without that of its data set: the photos it may mean}."""
    names: dict[str, list[str]] = {photo: [photo] for photo in photos["photo"]}
    for photo, dataset in zip(photos["photo"], photos["dataset"], strict=True):
        if dataset and photo.startswith(f"{dataset}/"):
            names.setdefault(photo.removeprefix(f"{dataset}/"), []).append(photo)
    return names


def _place(row: Any, line: Path, places: dict[tuple[str, str], int], names: dict[str, list[str]]) -> int:
    """The index of the garment that a row names."""
    photos = names.get(row.photo, [])
    if len(photos) > 1:
        raise ValueError(f"{line}: photo {row.photo!r} is that of {' and '.join(photos)}; write one of these names")
    if not photos:
        raise ValueError(f"{line}: no photo {row.photo!r} in the data; take the line out, or audit this data again")
    number = row.garment.removesuffix(".0")
    if (photos[0], number) not in places:
        count = sum(photo == photos[0] for photo, _ in places)
        raise ValueError(
            f"{line}: no garment {row.garment!r} in photo {row.photo!r}, expected 0 to {count - 1}; "
            "take the line out, or audit this data again"
        )
    return places[photos[0], number]


def _check(row: Any, line: Path, names: list[str], first: Path) -> None:
    """That a row fits its garment, which is called so or so, and is the only one that does."""
    if first != line:
        raise ValueError(f"{line}: the same garment as in {first}; keep one of the lines")
    if row.label != names[0] and (not row.label or category_set(row.label) not in map(category_set, names[1:])):
        raise ValueError(
            f"{line}: expected the label {names[0]!r} of the data, got {row.label!r}; "
            "the data has changed since the audit: take the line out, or audit this data again"
        )
    if not row.proposed:
        raise ValueError(f"{line}: nothing is proposed; fill in a label, or take the line out")


def _parts(garments: pd.DataFrame) -> dict[str, str]:
    """{category of the data, perhaps a new one: its part}."""
    rows = garments[["category", "part"]].drop_duplicates().itertuples(index=False)
    return {name: part for category, part in rows for name in category_set(category)}


def _meaning(proposed: str, line: Path, known: dict[str, Meaning], parts: dict[str, str]) -> Meaning | None:
    """Part and category of a proposed label; None for no garment."""
    if proposed in known:
        return known[proposed]
    if proposed == NO_GARMENT:
        return None
    if (names := category_set(proposed)) and names <= set(parts):
        found = {parts[name] for name in names}
        return Meaning(found.pop() if len(found) == 1 else "", proposed)
    own = own_taxonomy([proposed])
    if proposed in own:
        return own[proposed]
    labels = ", ".join(sorted(known))
    raise ValueError(
        f"{line}: unknown label {proposed!r}; expected a label of the data ({labels}), "
        f"a category ({', '.join(PART_OF)}), or {NO_GARMENT}"
    )


def meanings(garments: pd.DataFrame, dataset: str) -> dict[str, Meaning]:
    """{label: its part and category}: those of the taxonomy, else those that most garments of this label have."""
    try:
        return {label: m for label, m in taxonomy(dataset).items() if m.part or m.category}
    except KeyError:
        pairs = garments.groupby(["label", "part", "category"]).size().sort_values(kind="stable")
        return {label: Meaning(part, category) for label, part, category in pairs.index}
