"""The exports of tools: every photo, box, label and declared split is read, and nothing is a problem."""

import numpy as np
import pytest

from garments.types import BOX_COLUMNS
from readers import read
from samples.exports import EXPORTS, ONE_SPLIT
from samples.layouts import OWN, samples


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_is_read_with_its_boxes_labels_and_splits(name, tmp_path):
    reader, write = EXPORTS[name]
    found = samples()
    paths = write(tmp_path, found)
    table = read(f"{reader}:{tmp_path}")
    assert table.problems.empty
    photos = table.photos.set_index("path").loc[list(map(str, paths))]
    garments = table.garments.set_index("photo").loc[photos["photo"]]
    assert np.allclose(garments[BOX_COLUMNS], [s.box for s in found])
    assert list(garments["category"]) == [OWN[s.kind] for s in found]
    assert list(photos["split"]) == [s.split if name not in ONE_SPLIT else "train" for s in found]
    assert len(table.photos) == len(table.garments) == len(found)
