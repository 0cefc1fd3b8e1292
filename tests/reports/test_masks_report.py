"""The part of the detector's report on masks, on generated photos."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from garments.masks import decode, encode
from garments.types import Table
from readers import read_all
from reports import detector


@pytest.fixture
def truth(ccp):
    return read_all([f"ccp:{ccp}?outlines"]).in_splits("val")


def halved(truth: Table) -> Table:
    """The true garments, the first with the left half of its mask."""
    garments = truth.garments.copy()
    mask = decode(garments["segmentation"].iloc[0])
    columns = np.nonzero(mask.any(0))[0]
    mask[:, columns.mean().astype(int) :] = False
    garments.at[garments.index[0], "segmentation"] = encode(mask)
    return Table(truth.photos, garments.assign(score=0.9), truth.problems)


def test_the_page_of_a_mask_rcnn_shows_figures_and_the_worst_masks(truth, tmp_path):
    predicted = halved(truth)
    page = detector.report(truth, predicted, tmp_path).read_text(encoding="utf-8")
    numbers = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert numbers["figures"]["AP"]["all"] == 1 > numbers["masks"]["AP"]["all"]
    assert numbers["boundaries"]["mask IoU"]["mean"] < 1
    worst = page[page.index('<section id="worst-masks">') : page.index('<section id="best-masks">')]
    captions = re.findall(r"0\.\d\d \w+; [^<]+", worst)
    first, part = truth.garments["photo"].iloc[0], truth.garments["part"].iloc[0]
    assert len(captions) == 1 and captions[0].endswith(f"{part}; {first}")
    assert len(list((tmp_path / "crops").glob("mask-*.jpg"))) == len(truth.garments)


def test_a_case_shows_both_boundaries(truth, tmp_path):
    detector.report(truth, halved(truth), tmp_path)
    shown = np.asarray(Image.open(sorted((tmp_path / "crops").glob("mask-*.jpg"))[0])).astype(int)
    pink = (shown[..., 0] > 180) & (shown[..., 1] < 90) & (shown[..., 2] > 90)
    white = (shown > 200).all(-1)
    assert pink.any() and white.any()


def test_a_detector_without_masks_has_no_such_part(truth, tmp_path):
    plain = Table(truth.photos, truth.garments.drop(columns="segmentation"), truth.problems)
    detector.report(truth, plain, tmp_path)
    assert "masks" not in json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
