"""The numbers of garments and photos of a data set, by part, category and split."""

import pandas as pd

from garments.types import Table


def counts(table: Table) -> pd.DataFrame:
    """A row a part and category, a column a split: garments; below them all garments, those with a box, and photos."""
    garments = table.garments.merge(table.photos[["photo", "split"]], on="photo")
    named = garments.assign(part=garments["part"].replace("", "?"), category=garments["category"].replace("", "?"))
    result = pd.crosstab([named["part"], named["category"]], named["split"])
    sums = {
        "garments": garments["split"].value_counts(),
        "with a box": garments.loc[garments["x_min"].notna(), "split"].value_counts(),
        "photos": table.photos["split"].value_counts(),
    }
    below = pd.DataFrame(sums).T
    below.index = pd.MultiIndex.from_product([["all"], below.index], names=["part", "category"])
    result = pd.concat([result, below]).fillna(0).astype(int)
    return result.assign(all=result.sum(axis=1))
