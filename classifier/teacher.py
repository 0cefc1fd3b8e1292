"""Knowledge distillation: a student learns a teacher's predictions beside the labels, also on crops without a label.

Hinton et al.: Distilling the Knowledge in a Neural Network, 2015. Beyer et al.: Knowledge distillation: A good teacher
is patient and consistent, CVPR 2022.
"""

from collections.abc import Sequence

import numpy as np

from engine.crops import Crops
from garments.types import BOX_COLUMNS, Table
from garments.vocabulary import PROBABILITY


def with_teacher(table: Table, predicted: Table, categories: Sequence[str]) -> Table:
    """The Table whose garments have a teacher's probabilities in columns 'p:<category>'; nan for those it did not see.

    Args:
        table: the training photos.
        predicted: what `classifier.evaluate --out` writes of the same photos as predicted/.
        categories: the K categories of the student.

    Raises:
        ValueError: the teacher has other categories, or saw none of these garments.
    """
    columns = [PROBABILITY + name for name in categories]
    if missing := [column for column in columns if column not in predicted.garments]:
        raise ValueError(f"the teacher's predictions lack {', '.join(missing)}; it has to know all categories")
    key = ["photo", *BOX_COLUMNS]
    answers = predicted.garments[key + columns].drop_duplicates(key)
    garments = table.garments.merge(answers, "left", key)
    if garments[columns[0]].isna().all():
        raise ValueError(
            "the teacher's predictions are of other garments: evaluate it with the same --data and --boxes"
        )
    return Table(table.photos, garments, table.problems)


def soft_labels(crops: Crops, categories: Sequence[str]) -> np.ndarray:
    """(N, K) float32 probabilities of the teacher; rows of zeros for crops without them."""
    return np.nan_to_num(
        crops.garments.reindex(columns=[PROBABILITY + name for name in categories]).to_numpy(np.float32)
    )


def is_taught(crops: Crops) -> np.ndarray:
    """(N,) bool, crops with a teacher's probabilities."""
    return crops.garments.filter(regex=f"^{PROBABILITY}").notna().any(axis=1).to_numpy()
