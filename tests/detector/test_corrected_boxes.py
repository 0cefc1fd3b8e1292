"""Rows of a label audit that a user kept, through the command that trains a detector, up to its trainer."""

import numpy as np
import pytest

from detector import train
from detector.classes import PART_INDEX
from samples.exports import coco_json
from samples.layouts import photo, samples

HEADER = "photo,garment,label,proposed,score,kind"


def test_a_detector_is_given_the_corrected_boxes_and_its_run_is_tied_to_them(tmp_path, monkeypatch, capsys):
    import tensorflow as tf

    found, kept = samples(8), tmp_path / "kept.csv"
    coco_json(tmp_path / "data/labels.json", [(f"{s.number}.jpg", s) for s in found])
    for sample in found:
        photo(tmp_path / f"data/{sample.number}.jpg", sample)
    kept.write_text(f"{HEADER}\n1.jpg,0,jeans,dress,.9,wrong label\n2.jpg,0,dress,none,.8,box")

    def trained(config, data, out, init):
        (out / "metrics.jsonl").touch()
        return {"AP": 0.0, "AP50": 0.0}

    monkeypatch.setattr(train, "_run", trained)
    command = ["--data", f"coco:{tmp_path / 'data'}", "--preset", "tiny", "--set", "composites=0"]
    command += ["--out", str(tmp_path / "run"), "--corrections", str(kept)]
    train.main(command)
    records = tf.data.TFRecordDataset([str(file) for file in tmp_path.glob("run/records/*.tfrecord")])
    features = [tf.train.Example.FromString(record.numpy()).features.feature for record in records]
    written = np.concatenate([list(f["image/object/class/label"].int64_list.value) for f in features])
    parts = [s.kind for s in found if s.number > 2] + [2]  # photo 1 was lower, photo 2 has no garment left
    assert len(features) == 7 and sorted(PART_INDEX[written - 1]) == sorted(parts)
    kept.write_text(f"{HEADER}\n2.jpg,0,dress,none,.8,box")
    with pytest.raises(SystemExit):
        train.main(command)
    assert "corrections (there 'kept.csv " in capsys.readouterr().err
