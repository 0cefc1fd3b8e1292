"""Does the label audit find errors that are known: python benchmarks/label_audit.py CLOTHING [--boxes CCP] --out OUT

CLOTHING is the folder of the clothing data set with by_eye.csv, CCP that of Clothing Co-Parsing. Prints, as tables:
how many of the audit's first proposals, made from the labels that the data set came with, agree with the category seen
by eye; precision and recall of labels that were changed; the same of boxes that were moved.
"""

import argparse
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from engine.features import garment_features
from garments.types import Table
from garments.vocabulary import category_set, taxonomy
from metrics.box_audit import misplaced_boxes, moved_boxes
from metrics.label_audit import joined, likely_wrong, near_twins, out_of_sample
from readers import read
from reports.audit_findings import find
from samples.planted import flipped

SHARES, FIRST = (0.05, 0.1, 0.2), 300
LIKE = (("sweater", "tee"), ("jeans", "pants"))
FEWEST = 20  # garments of a category that is planted into
PHOTOS = 200  # of CCP


def old_labels(table: Table) -> Table:
    """The clothing data set as it is without by_eye.csv: part and category by label alone."""
    known = taxonomy("clothing")
    garments = table.garments[table.garments["label"].isin(list(known))]
    meanings = [known[label] for label in garments["label"]]
    of_label = {name: [getattr(meaning, name) for meaning in meanings] for name in ("part", "category")}
    return Table(table.photos, garments.assign(**of_label).reset_index(drop=True), table.problems)


def agreement(table: Table, eye: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Proposals from the old labels against the category seen by eye, over the photos that by_eye.csv has.

    A proposal agrees if that category is one of those that the proposed label means; no category agrees with none.

    Args:
        table: with old labels.
        eye: by_eye.csv.
        folder: of features.
    """
    found = find(table, folder)
    found = found[found["proposed"] != ""]
    known, seen = taxonomy("clothing"), found["photo"].map(eye.set_index("image")["category"])
    means = [category_set(known[name].category if name in known else name) for name in found["proposed"]]
    agrees = pd.Series([category in allowed for category, allowed in zip(seen, means, strict=True)], found.index)
    first, judged = found.head(FIRST).index, found.index[seen.notna()]
    rows = {
        f"first {FIRST} proposals": first,
        f"first {FIRST} proposals on photos seen by eye": judged[:FIRST],
        **{f"all proposals, {kind}": found.index[found["kind"] == kind] for kind in found["kind"].unique()},
        "all proposals, Longsleeve to sweater": found.index[
            (found["label"] == "Longsleeve") & (found["proposed"] == "sweater")
        ],
    }
    counts = {name: (len(of), seen[of].notna().sum(), agrees[of].sum()) for name, of in rows.items()}
    result = pd.DataFrame.from_dict(counts, "index", columns=["proposals", "seen by eye", "agree"])
    return result.assign(share=result["agree"] / result["seen by eye"])


def planted_labels(table: Table, folder: Path) -> pd.DataFrame:
    """Precision and recall of the audit's likely wrong labels, for labels that were changed.

    The true labels are the categories: seen by eye where by_eye.csv has the photo, else those of the labels.
    """
    usual = table.garments["category"].map(table.garments["category"].value_counts()) >= FEWEST
    single = usual & ~table.garments["category"].str.contains("|", regex=False) & (table.garments["category"] != "")
    known = table.garments["label"].isin(list(taxonomy("clothing")))
    table = Table(table.photos, table.garments[single & known].reset_index(drop=True), table.problems)
    features = garment_features(table, folder)
    garments = table.garments.iloc[features.rows]
    labels = garments["category"].to_numpy(object)
    groups = garments["photo"].map(table.photos.set_index("photo")["group"]).to_numpy(object)
    groups = joined(groups, near_twins(features.values))
    rows = []
    for between in ((), *LIKE):
        for share in SHARES:
            changed = flipped(labels, share, between=between)
            found = likely_wrong(out_of_sample(features.values, changed, groups))
            name = f"{share:.0%} {'of ' + ' and '.join(between) if between else 'at random'}"
            rows.append({"planted": name, **scores(labels, changed, found)})
    return pd.DataFrame(rows).set_index("planted")


def scores(labels: np.ndarray, changed: np.ndarray, found: pd.DataFrame) -> dict[str, float]:
    """How well findings fit the labels that were changed."""
    wrong = labels != changed
    rows = found.sort_values("score", ascending=False)["row"].to_numpy(int)
    hits = wrong[rows]
    proposals = found.sort_values("score", ascending=False)["proposed"].to_numpy()
    return {
        "errors": int(wrong.sum()),
        "found": len(rows),
        "precision": hits.mean(),
        "recall": hits.sum() / wrong.sum(),
        "precision of as many as there are": hits[: wrong.sum()].mean(),
        "proposals right": (proposals == labels[rows])[hits].mean(),
    }


def planted_boxes(table: Table, folder: Path) -> pd.DataFrame:
    """Precision and recall of misplaced boxes, for boxes that were moved beside their garment or elsewhere."""
    moved = moved_boxes(table)
    true = table.garments.loc[moved.index]
    right, wrong = (
        garment_features(Table(table.photos, part, table.problems), folder).values for part in (true, moved)
    )
    photos, rows = true["photo"].to_numpy(object), []
    for share in SHARES:
        changed = np.random.default_rng(0).random(len(right)) < share
        mixed = np.where(changed[:, None], wrong, right)
        found = misplaced_boxes(mixed, wrong[~changed], photos, photos[~changed])
        hits = changed[found.sort_values("score", ascending=False)["row"].to_numpy(int)]
        rows.append(
            {
                "planted": f"{share:.0%} of boxes moved",
                "errors": int(changed.sum()),
                "found": len(hits),
                "precision": hits.mean(),
                "recall": hits.sum() / changed.sum(),
                "precision of as many as there are": hits[: changed.sum()].mean(),
            }
        )
    return pd.DataFrame(rows).set_index("planted")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python benchmarks/label_audit.py", description=__doc__.partition(":")[0])
    parser.add_argument("clothing", type=Path, metavar="CLOTHING", help="the folder of the clothing data set")
    parser.add_argument("--boxes", type=Path, metavar="CCP", help="the folder of Clothing Co-Parsing")
    parser.add_argument("--out", type=Path, required=True, help="folder for features")
    args = parser.parse_args(arguments)
    table = read(f"clothing:{args.clothing}")
    eye = pd.read_csv(args.clothing / "by_eye.csv", keep_default_na=False)
    show(agreement(old_labels(table), eye, args.out))
    show(planted_labels(table, args.out))
    if args.boxes:
        show(planted_boxes(read(f"ccp:{args.boxes}").in_splits("train").sample(PHOTOS), args.out))


def show(frame: pd.DataFrame) -> None:
    """Print a table."""
    print(frame.round(2).to_string(), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
