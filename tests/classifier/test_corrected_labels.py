"""Rows of a label audit that a user kept, through the command that trains a classifier."""

import pytest

from classifier import train
from engine.backbones import BACKBONES
from samples.exports import coco_json
from samples.layouts import photo, samples
from samples.shallow import shallow

HEADER = "photo,garment,label,proposed,score,kind"
KEPT = ["1.jpg,0,jeans,shorts,.9,wrong label", "2.jpg,0,dress,none,.8,box", "4.jpg,0,jeans,tee,.7,near twins"]


def test_a_classifier_learns_the_corrected_labels_and_its_run_is_tied_to_them(tmp_path, monkeypatch, capsys):
    found, kept = samples(8), tmp_path / "kept.csv"
    coco_json(tmp_path / "data/labels.json", [(f"{s.number}.jpg", s) for s in found])
    for sample in found:
        photo(tmp_path / f"data/{sample.number}.jpg", sample)
    kept.write_text("\n".join([HEADER, *KEPT]))
    seen, targets = {}, train.targets

    def spied(name, crops, *more):
        seen.update(crops.garments[["photo", "category"]].to_numpy())
        return targets(name, crops, *more)

    monkeypatch.setattr(train, "targets", spied)
    monkeypatch.setitem(BACKBONES, "resnet50", shallow)
    command = [
        "--model",
        "img",
        "--data",
        f"coco:{tmp_path / 'data'}",
        "--tiny",
        "--set",
        "epochs=1",
        "--out",
        str(tmp_path / "run"),
    ]
    train.main([*command, "--corrections", str(kept)])
    true = {f"coco/{s.number}.jpg": ("tee", "jeans", "dress")[s.kind] for s in found}
    del true["coco/2.jpg"]
    assert seen == true | {"coco/1.jpg": "shorts", "coco/4.jpg": "tee"}
    capsys.readouterr()
    kept.write_text("\n".join([HEADER, *KEPT[1:]]))
    for changed in (["--corrections", str(kept)], []):
        with pytest.raises(SystemExit):
            train.main([*command, *changed])
        message = capsys.readouterr().err
        assert "holds a run with other settings or data" in message and "corrections (there 'kept.csv " in message
