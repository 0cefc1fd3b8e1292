"""The commands of the recommender, with a tiny embedder and a tiny pipeline."""

import json

import numpy as np
import pandas as pd
import pytest

from recommender import complete, evaluate, recommend, train
from recommender.model import Compatibility
from retriever import index
from samples.generated import write_ccp
from samples.tiny import export_tiny_embedder, export_tiny_models, write_photos


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    write_ccp(folder / "ccp", photos=48)
    write_photos(folder / "photos", 8)
    embedder = export_tiny_embedder(export_tiny_models(folder / "models"))
    given = ["--data", f"ccp:{folder / 'ccp'}", "--embedder", str(embedder)]
    train.main([*given, "--tiny", "--out", str(folder / "run")])
    models = ["--models", str(folder / "models"), "--model", str(folder / "run/model")]
    index.main([str(folder / "photos"), "--out", str(folder / "index"), *models[:2]])
    return folder, given, models


def test_figures_stand_beside_the_baselines(shop, tmp_path):
    folder, given, _ = shop
    evaluate.main([*given, "--splits", "train", "--model", str(folder / "run/model"), "--out", str(tmp_path)])
    figures = json.loads((tmp_path / "figures.json").read_text())
    names = ("compatibility", "likeness", "popularity", "colour harmony", "chance")
    assert all(0 <= figures[f"{name}, fill-in-the-blank"] <= 1 for name in names)
    assert figures["chance, fill-in-the-blank"] == 0.25


def test_embeddings_of_other_data_are_not_taken(shop, tmp_path, monkeypatch, capsys):
    def stop(*arguments):
        raise RuntimeError

    monkeypatch.setattr(train, "train", stop)
    said = []
    for splits in ("val", "train", "val"):
        with pytest.raises(RuntimeError):
            train.main([*shop[1], "--tiny", "--splits", splits, "--out", str(tmp_path)])
        said.append(capsys.readouterr().out)
    assert said[0] != said[1] and said[0] == said[2] and len(list(tmp_path.glob("*.npz"))) == 2


def test_questions_are_answered(shop, tmp_path):
    folder, _, models = shop
    names = [f"photo-{n:06d}.jpg" for n in range(8)]
    asked = [{"given": names[:2], "answer": names[2], "wrong": names[3:6]}]
    (tmp_path / "q.json").write_text(json.dumps(asked))
    files = ["--questions", str(tmp_path / "q.json"), "--photos", str(folder / "photos")]
    complete.main([*files, "--out", str(tmp_path), *models])
    rows = pd.read_csv(tmp_path / "scores.csv")
    assert rows["right"].tolist() == [1, 0, 0, 0] and rows["compatibility"].between(-2, 1).all()
    assert "AUC" in " ".join(json.loads((tmp_path / "figures.json").read_text()))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[{"given": ["a"]}]', "given, answer and wrong"),
        ('[{"given": "a.jpg", "answer": "b.jpg", "wrong": ["c.jpg"]}]', "lists of files"),
        ('[{"given": ["a.jpg"], "answer": "b.jpg", "wrong": []}]', "lists of files"),
        ("[]", "a question or more"),
    ],
)
def test_questions_of_another_form_are_refused(tmp_path, content, says):
    (tmp_path / "q.json").write_text(content)
    with pytest.raises(ValueError, match=says):
        complete.read_questions(tmp_path / "q.json", tmp_path)


def test_a_customer_sees_similar_and_matching_items(shop, tmp_path):
    folder, _, models = shop
    found = []
    for photo in sorted((folder / "photos").iterdir()):
        out = ["--out", str(tmp_path / "r.csv"), "--page", str(tmp_path / "page")]
        recommend.main([str(folder / "index"), str(photo), "--top", "2", *out, *models])
        found.append(pd.read_csv(tmp_path / "r.csv"))
    rows = pd.concat(found)
    assert set(rows["kind"]) == {"similar", "matching"} and (rows["rank"] <= 2).all() and rows["why"].notna().all()
    matching = rows[rows["kind"] == "matching"]
    assert all(
        part in recommend.GOES_WITH[own] for own, part in zip(matching["query_part"], matching["part"], strict=True)
    )
    assert "My Boutique" in (tmp_path / "page/index.html").read_text()


@pytest.mark.parametrize("name, says", [("broken.jpg", "cannot be used"), ("", "got a folder")])
def test_a_photo_that_cannot_be_used_is_told_in_a_line(shop, tmp_path, capsys, name, says):
    folder, _, models = shop
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    with pytest.raises(SystemExit):
        recommend.main([str(folder / "index"), str(tmp_path / name), "--page", str(tmp_path / "page"), *models])
    assert says in capsys.readouterr().err


def test_a_model_of_another_embedder_is_refused(shop, tmp_path):
    folder, _, models = shop
    known = Compatibility.load(folder / "run/model")
    Compatibility(known.projections, known.weights, known.usual, "other").save(tmp_path, {})
    photo = str(next((folder / "photos").iterdir()))
    with pytest.raises(SystemExit, match="2"):
        complete.main(["--given", photo, "--candidates", photo, *models[:2], "--model", str(tmp_path)])


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_one_candidate_gets_a_score_and_a_given_photo_must_have_a_garment(shop, tmp_path, capsys):
    folder, _, models = shop
    photo, broken = next((folder / "photos").iterdir()), tmp_path / "broken.jpg"
    complete.main(["--given", str(photo), "--candidates", str(photo), *models])
    assert photo.name in capsys.readouterr().out
    broken.write_bytes(b"no photo")
    with pytest.raises(SystemExit, match="2"):
        complete.main(["--given", str(broken), "--candidates", str(photo), *models])
    assert "--given: expected a photo with a garment" in capsys.readouterr().err


def test_popularity_ignores_what_is_worn():
    model = Compatibility(np.zeros((1, 3, 2, 2)), np.ones((1, 3, 3, 2)), np.eye(3, 2, dtype=np.float32))
    assert model.popularity(np.eye(2), np.array([0, -1])).tolist() == [1, 0]
