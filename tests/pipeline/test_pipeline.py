import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import garments
from garments.vocabulary import CATEGORIES
from pipeline import cli
from pipeline.journal import CannotRun
from pipeline.run import Options, run
from samples.doubles import TwoGarments, rows

ROOT = Path(__file__).resolve().parents[2]


def test_every_file_ends_in_a_table(models, folder, tmp_path):
    summary = run(folder, tmp_path / "out", Options(tmp_path))
    photos = {row["photo"]: row for row in rows(tmp_path / "out/photos.csv")}
    assert {name: row["status"] for name, row in photos.items()} == {
        "a.jpg": "ok", "sub/side, <b>ways.jpg": "ok", "sub/black.png": "ok",
        "broken.jpg": "failed", "notes.txt": "failed",
    }  # fmt: skip
    assert (photos["sub/side, <b>ways.jpg"]["width"], photos["sub/black.png"]["garments"]) == ("90", "0")
    problems = rows(tmp_path / "out/problems.csv")
    assert {p["file"] for p in problems} == {"broken.jpg", "notes.txt"} and all(p["remedy"] for p in problems)
    assert (summary.photos, summary.garments, summary.empty, summary.problems) == (3, 4, 1, 2)


def test_garments_have_both_names_and_the_chosen_one(models, folder, tmp_path):
    for classifier, expected in (("img", ["tee", "jeans"]), ("img+bbox", ["shirt", "jeans"])):
        run(folder, tmp_path / classifier, Options(tmp_path, classifier=classifier))
        found = rows(tmp_path / classifier / "garments.csv")[:2]
        assert [g["category"] for g in found] == expected
        assert [g["img_category"] for g in found] == ["tee", "tee"]
        assert [g["img_bbox_category"] for g in found] == ["shirt", "jeans"]
        assert [float(found[1][c]) for c in ("x_min", "y_min", "x_max", "y_max")] == [15, 45, 45, 90]


def test_outputs_keep_the_contract(models, folder, tmp_path, shared):
    run(folder, tmp_path / "out", Options(tmp_path))
    check = [sys.executable, str(shared / "check_outputs.py"), str(folder), str(tmp_path / "out")]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_detections_are_a_coco_data_set(models, folder, tmp_path):
    run(folder, tmp_path / "out", Options(tmp_path))
    data = json.loads((tmp_path / "out/detections.json").read_text(encoding="utf-8"))
    assert list(data) == ["info", "licenses", "images", "annotations", "categories"]  # all of which CVAT asks for
    assert len(data["annotations"]) == 4 and len(data["images"]) == 3
    assert data["annotations"][1]["bbox"] == [15, 45, 30, 45] and data["annotations"][1]["score"] == 0.6
    assert data["annotations"][1]["attributes"]["category"] == "jeans"


def test_landmarks_are_columns_keypoints_and_dots(models, folder, tmp_path):
    run(folder, tmp_path / "out", Options(tmp_path))
    upper, lower = rows(tmp_path / "out/garments.csv")[:2]
    assert (upper["left_collar_x"], upper["left_collar_y"], upper["left_collar_visible"]) == ("2.0", "2.0", "1")
    assert upper["right_sleeve_visible"] == "0" and upper["left_waistline_x"] == "" and lower["left_hem_y"] == "47.0"
    data = json.loads((tmp_path / "out/detections.json").read_text(encoding="utf-8"))
    first = data["annotations"][0]
    assert first["keypoints"][:3] == [2, 2, 2] and first["keypoints"][9:15] == [2, 2, 1, 0, 0, 0]
    assert first["num_keypoints"] == 6 and data["categories"][0]["keypoints"][0] == "left_collar"
    run(folder, tmp_path / "off", Options(tmp_path, landmarks=False))
    assert rows(tmp_path / "off/garments.csv")[0]["left_collar_x"] == ""
    assert (
        "keypoints" not in json.loads((tmp_path / "off/detections.json").read_text(encoding="utf-8"))["annotations"][0]
    )
    drawn, plain = (np.asarray(Image.open(tmp_path / name / "pictures/a.jpg"), int) for name in ("out", "off"))
    change = np.abs(drawn - plain)
    scale = len(drawn) / 90  # small photos are drawn enlarged
    assert change[int(64 * scale) : int(70 * scale), int(34 * scale) : int(40 * scale)].max() > 60
    assert change[int(74 * scale) :, int(44 * scale) :].max() < 30


def test_pictures_and_page(models, folder, tmp_path):
    run(folder, tmp_path / "out", Options(tmp_path))
    out = tmp_path / "out"
    assert Image.open(out / "pictures/sub/side, <b>ways.jpg").size == (480, 320)
    page, index = (out / "index.html").read_text(encoding="utf-8"), (out / "page/index.js").read_text(encoding="utf-8")
    assert (
        "ways" in index and "<b>ways" not in index and "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    )
    assert "{{about}}" not in page and len(list((out / "page/thumbnails").glob("*/*.jpg"))) == 3
    run(folder, tmp_path / "bare", Options(tmp_path, pictures=False))
    assert not (tmp_path / "bare/pictures").exists()


def test_the_output_folder_may_lie_inside_and_is_not_read(models, folder):
    for _ in range(2):
        assert run(folder, folder / "results", Options(folder)).photos == 3


def test_batch_and_limit(models, folder, tmp_path):
    for batch in (1, 2, 100):
        run(folder, tmp_path / str(batch), Options(tmp_path, batch=batch))
        assert rows(tmp_path / str(batch) / "garments.csv") == rows(tmp_path / "1/garments.csv")
    assert run(folder, tmp_path / "few", Options(tmp_path, limit=1)).photos == 1


def test_exit_status_and_its_line(models, folder, tmp_path, capsys):
    assert cli.main([str(folder), "--out", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr()
    assert "3 photos, 4 garments" in printed.out and "index.html" in printed.out and "2 of the files" in printed.err
    (folder / "broken.jpg").unlink()
    (folder / "notes.txt").unlink()
    assert cli.main([str(folder)]) == 0 and (tmp_path / "photos-garments/index.html").exists()
    assert "nothing new" not in capsys.readouterr().out
    assert cli.main([str(folder)]) == 0 and capsys.readouterr().out.startswith("nothing new")
    assert cli.main([str(tmp_path / "nowhere")]) == 2
    assert "nothing done" in capsys.readouterr().err
    (tmp_path / "hollow").mkdir()
    assert cli.main([str(tmp_path / "hollow")]) == 2
    (tmp_path / "hollow/x.jpg").write_bytes(b"")
    assert cli.main([str(tmp_path / "hollow")]) == 2


@pytest.mark.parametrize("wrong", [["--min-score", "2"], ["--batch", "0"]])
def test_wrong_options_are_refused(wrong, folder):
    with pytest.raises(SystemExit) as stop:
        cli.main([str(folder), *wrong])
    assert stop.value.code == 2


def test_an_unknown_classifier_is_refused_with_those_there_are(models, folder, capsys):
    assert cli.main([str(folder), "--classifier", "best"]) == 2
    assert "no classifier 'best'" in (printed := capsys.readouterr().err)
    assert "--classifier is one of img, img+bbox" in printed


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"garments {garments.__version__}\n"


def test_missing_models_are_reported_before_anything_is_written(folder, tmp_path):
    with pytest.raises(CannotRun, match="--models"):
        run(folder, tmp_path / "out", Options(tmp_path / "no-models"))
    assert not (tmp_path / "out").exists()


def test_the_script_answers_from_anywhere(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "pipeline.py"), "--help"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0 and "--no-pictures" in done.stdout


def test_garments_get_the_categories_of_the_models_that_named_them(models, folder, tmp_path, monkeypatch):
    own = tuple(f"own {name}" for name in CATEGORIES)
    monkeypatch.setattr(TwoGarments, "categories", {"img": CATEGORIES, "img+bbox": own})
    run(folder, tmp_path / "out", Options(tmp_path))
    found = rows(tmp_path / "out" / "garments.csv")
    assert {row["category"] for row in found} == {"own shirt", "own jeans"}
    assert {row["img_category"] for row in found} == {"tee"}
    assert '"categories":["own shirt","own jeans","tee"]' in (tmp_path / "out" / "index.html").read_text(
        encoding="utf-8"
    )
