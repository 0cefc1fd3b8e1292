"""Detectors side by side: what is kept of each, with a training that only writes what a training writes."""

from dataclasses import asdict
from functools import partial

import numpy as np
import pandas as pd
import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util.tensor_util import make_tensor_proto

from detector.config import preset
from engine.run_folder import Longer, inputs_of, run_folder
from garments.types import Garments, Table
from metrics import detection_intervals
from readers import read
from reports import compare_detectors
from reports.compare_detectors import DETECTORS, compare, possible, section, with_boxes
from reports.contest import Photos
from reports.page import Page
from reports.training import detector_minutes

RATES = {2: 0.5, 4: 0.25}  # steps a second until each step


def write_events(folder, by_step):
    writer = EventFileWriter(str(folder))
    for step, values in by_step.items():
        tagged = [Summary.Value(tag=tag, tensor=make_tensor_proto(np.float32(v))) for tag, v in values.items()]
        writer.add_event(Event(step=step, summary=Summary(value=tagged)))
    writer.close()


class Middle:
    """Finds one upper garment in the middle of every photo."""

    def __init__(self, masks):
        self.masks = masks

    def __call__(self, photos, pixels, min_score=0.05):
        box = np.array([[0.25, 0.25, 0.75, 0.75]], np.float32)
        masks = np.full((1, 28, 28), 255, np.uint8) if self.masks else None
        score, part = np.ones(1, np.float32), np.array(["upper"], object)
        return [Garments(box * np.tile([p.width, p.height], 2), score, part, box_masks=masks) for p in photos]


@pytest.fixture
def trained(monkeypatch):
    """The names of the runs that were trained, in their order."""
    names = []

    def train(config, table, out, init=None, inputs=None):
        with run_folder(out, asdict(config), {**inputs_of(table, None), **inputs}, Longer("steps", "best")):
            (out / "checkpoint").write_text("")
            losses = {
                "frcnn_cls_loss": 2.0,
                "rpn_box_loss": 1.0,
                "training_loss": 9.0,
                "mask_loss": float(config.masks),
            }
            write_events(out / "train", {s: {**losses, "steps_per_second": rate} for s, rate in RATES.items()})
            write_events(out / "validation", {4: {"AP": 0.5}})
        names.append(out.parent.name)

    monkeypatch.setattr(compare_detectors, "train", train)
    few = partial(detection_intervals.ap_intervals, resamples=5)
    monkeypatch.setattr(detection_intervals, "ap_intervals", few)
    monkeypatch.setattr(compare_detectors, "export", lambda run, out: None)
    monkeypatch.setattr(compare_detectors.Detector, "load", lambda path: Middle("mask" in str(path)))
    monkeypatch.setattr(compare_detectors.saved_model, "weights", lambda path: {"w": np.zeros(2_500_000)})
    return names


@pytest.fixture
def photos(ccp):
    table = read(f"ccp:{ccp}?outlines")
    return Photos(table.in_splits("train"), table.in_splits("val"), {"splits": "train"})


def test_each_is_trained_once_and_stands_on_the_page(trained, photos, tmp_path):
    config = preset("tiny")
    compare(list(DETECTORS), config, photos, tmp_path)
    found = compare(list(DETECTORS), config, photos, tmp_path)
    assert trained == ["faster-r-cnn", "mask-r-cnn"]
    page = Page(tmp_path / "page", "")
    table = section(page, found)
    assert table.index.tolist() == list(DETECTORS) and (table["AP"] != "").all()
    assert table["mask AP"].tolist()[0] == "" and table["mask AP"].tolist()[1].startswith("0.")
    assert table["parameters"].tolist() == ["2.5 M"] * 2
    assert "AP50 of each part" in page.write().read_text() and (tmp_path / "page" / "detection-losses.png").exists()
    with pytest.raises(ValueError, match="other settings or data: batch"):
        compare(list(DETECTORS), preset("tiny", batch=3), photos, tmp_path)
    with pytest.raises(ValueError, match="other settings or data: splits"):
        compare(list(DETECTORS), config, Photos(photos.training, photos.judged_on, {"splits": "all"}), tmp_path)


def test_minutes_are_those_of_the_steps(tmp_path):
    write_events(tmp_path / "train", {step: {"steps_per_second": rate} for step, rate in RATES.items()})
    assert detector_minutes(tmp_path) == pytest.approx((2 / 0.5 + 2 / 0.25) / 60)


def test_photos_that_lack_a_box_are_not_judged(photos):
    garments = photos.judged_on.garments.copy()
    first = garments["photo"].iloc[0]
    garments.loc[garments["photo"] == first, "x_min"] = np.nan
    judged = Table(photos.judged_on.photos, garments, photos.judged_on.problems)
    names = with_boxes(Photos(photos.training, judged, {})).judged_on.photos["photo"]
    assert first not in set(names) and len(names) == len(judged.photos) - 1


def test_photos_of_a_data_set_without_boxes_are_not_judged(photos):
    other = photos.judged_on.photos[:1].assign(photo="other/1", dataset="other")
    more = Table(pd.concat([photos.judged_on.photos, other]), photos.judged_on.garments, photos.judged_on.problems)
    assert len(with_boxes(Photos(photos.training, more, {})).judged_on.photos) == len(photos.judged_on.photos)


def test_masks_need_outlines(ccp, photos):
    plain = read(f"ccp:{ccp}").in_splits("train")
    assert possible(photos) == list(DETECTORS) and possible(Photos(plain, plain, {})) == ["Faster R-CNN"]
    bare = Table(plain.photos, plain.garments.assign(x_min=np.nan), plain.problems)
    with pytest.raises(ValueError, match="expected boxes of garments"):
        with_boxes(Photos(plain, bare, {}))
