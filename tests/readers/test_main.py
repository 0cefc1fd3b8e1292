import json

import pandas as pd

from garments.storage import load_table
from readers.__main__ import main


def test_the_command_counts_and_writes(clothing, ccp, tmp_path, capsys):
    files = ["--coco", tmp_path / "a.json", "--table", tmp_path / "table", "--problems", tmp_path / "problems.csv"]
    main(["clothing", str(clothing), *map(str, files)])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["photos", "6", "1", "7"] in lines and ["2", "problems:"] in lines
    assert ["all", "garments", "4", "0", "4"] in lines
    assert len(json.loads((tmp_path / "a.json").read_text())["annotations"]) == 4
    assert len(load_table(tmp_path / "table").garments) == 4 and len(pd.read_csv(tmp_path / "problems.csv")) == 2
    main(["ccp", str(ccp), "--split", "val"])
    output = capsys.readouterr().out
    assert "0 problems" in output and ["dress", "2", "2"] in [line.split()[-3:] for line in output.splitlines()]


def test_equal_problems_share_a_line_and_long_lists_are_cut_short(clothing, tmp_path, capsys, monkeypatch):
    missing = [f"none-{n},1,Dress,False,train" for n in range(3)]
    unknown = [f"photo-{n},1,label {n},False,train" for n in range(6)]
    lines = ["image,sender_id,label,kids,split", *missing, *unknown]
    (tmp_path / "images.csv").write_text("\n".join(lines))
    (tmp_path / "images").symlink_to(clothing / "images")
    monkeypatch.setattr("readers.__main__.SHOWN", 4)
    main(["clothing", str(tmp_path)])
    output = capsys.readouterr().out
    assert "\n  images.csv:2 and 2 more: the photo is missing; fetch" in output
    assert output.count("unknown label") == 3 and "\n  (7 different problems; --problems CSV writes them all" in output
