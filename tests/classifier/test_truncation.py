from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.data import cut_crops
from classifier.models import preset
from classifier.predict import Classifier
from garments.types import BOX_COLUMNS
from photos.reading import read_photo
from readers import read


@pytest.mark.parametrize("below", [1.0, 0.0])
def test_a_truncated_garment_is_seen_as_if_its_photo_ended_there(below, ccp, tmp_path, monkeypatch):
    from engine import truncation, views

    monkeypatch.setattr(truncation, "SHOWN", (0.5, 0.5 + 1e-6))
    monkeypatch.setattr(truncation, "BELOW", below)
    table, config = read(f"ccp:{ccp}").in_splits("val"), preset("img+bbox", size=96)
    crops = cut_crops(table, config, tmp_path)
    model = Classifier(None, dict(name="img+bbox", size=96, context=config.context, hide_surroundings=False))
    paths = table.photos.set_index("photo")["path"]
    for crop in views.Stored.of(crops).dataset(lambda: range(len(crops))):
        garment = crops.garments.iloc[int(crop["index"])]
        photo, pixels = read_photo(Path(paths[garment["photo"]]))
        left, top, right, bottom = garment[BOX_COLUMNS].to_numpy(float)
        middle = round((top + bottom) / 2)
        rest = pixels[:middle] if below else pixels[middle:]
        box = [left, top, right, middle] if below else [left, 0, right, bottom - middle]
        expected, place = model.view(replace(photo, height=len(rest)), rest, np.array(box, np.float32))
        cut = truncation.truncated(crop, 1.0)
        seen = views._view(cut, cut["box"], views._square(cut["box"], config.context), crops.cutting, config)
        assert np.abs(seen["place"] - place).max() < 0.02  # the middle is a whole pixel
        assert np.abs(seen["image"] - expected).mean() < 12  # of 255: cut from a smaller crop, so blurred


def test_few_are_truncated_and_the_others_are_as_before(ccp, tmp_path):
    from engine import truncation, views

    crops = cut_crops(read(f"ccp:{ccp}"), preset("img", size=32), tmp_path)
    stored = views.Stored.of(crops).dataset(lambda: [0])
    crop = next(iter(stored))
    cuts = list(stored.repeat(200).map(lambda one: truncation.truncated(one, 0.25)))
    changed = [not np.array_equal(cut["box"], crop["box"]) for cut in cuts]
    assert 25 <= sum(changed) <= 75
    heights = np.array([float(cut["place"][3]) for cut in cuts])
    assert (
        (heights[~np.array(changed)] == float(crop["place"][3])).all() and (heights > 0).all() and (heights <= 1).all()
    )
