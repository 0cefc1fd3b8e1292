"""The commands from training to a search, with a tiny embedder and a tiny pipeline."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from garments.types import Garments, Photo
from retriever.catalogue import Catalogue
from retriever.predict import load
from retriever.sqlite_file import CatalogueError
from samples.tiny import export_tiny_embedder, export_tiny_models, write_photos

pytestmark = pytest.mark.usefixtures("without_graph_optimisation")


@pytest.fixture(scope="module")
def trained(ccp, clothing, tmp_path_factory):
    from retriever import export, outlines, train

    folder = tmp_path_factory.mktemp("embedder")
    sources = ["--data", f"ccp:{ccp}", "--data", f"clothing:{clothing}"]
    outlines.main([*sources, "--alone", "--out", str(folder / "outlines")])
    command = [*sources, "--tiny", "--outlines", str(folder / "outlines"), "--out", str(folder / "run")]
    train.main(command)
    export.main(["--run", str(folder / "run"), "--out", str(folder / "embedder")])
    return folder, command


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    from retriever import index

    folder = tmp_path_factory.mktemp("shop")
    write_photos(folder / "photos", 6, broken=1)
    pd.DataFrame({"photo": ["photo-000001.jpg"], "item": ["A1"]}).to_csv(folder / "items.csv", index=False)
    export_tiny_embedder(export_tiny_models(folder / "models"))
    models = ["--models", str(folder / "models")]
    items = ["--items", str(folder / "items.csv")]
    index.main([str(folder / "photos"), "--out", str(folder / "index"), *items, *models])
    return folder, models


def test_epochs_are_judged_on_held_out_views(trained):
    lines = [json.loads(line) for line in (trained[0] / "run/metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [0, 1]
    assert all(0 <= line["val_recall_at_1"] <= 1 and np.isfinite(line["loss"]) for line in lines)


def test_the_same_command_resumes(trained, capsys):
    from retriever import train

    train.main(trained[1])
    assert "all epochs were done already" in capsys.readouterr().out


def test_embeddings_are_of_unit_length_and_equal_in_batches(trained):
    model = load(trained[0] / "embedder")
    pixels = np.random.default_rng(0).integers(0, 255, (90, 60, 3), dtype=np.uint8)
    photo = Photo(trained[0], "p", 60, 90)
    boxes = np.array([[5, 10, 40, 80], [0, 0, 60, 30], [20, 20, 50, 85]], np.float32)
    garments = Garments(boxes, np.ones(3, np.float32), np.array(["full", "upper", "full"], object))
    [together] = model([photo], [pixels], [garments])
    alone = np.concatenate([model([photo], [pixels], [garments[n]])[0].embeddings for n in range(3)])
    assert together.embeddings.shape == (3, 16)
    np.testing.assert_allclose(np.linalg.norm(together.embeddings, axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(together.embeddings, alone, atol=1e-4)
    assert model([photo], [pixels], [Garments.empty()])[0].embeddings.shape == (0, 16)


def test_each_photo_finds_itself_first(indexed, tmp_path, capsys):
    from retriever import search

    folder, models = indexed
    out = tmp_path / "results.csv"
    arguments = [str(folder / "index"), str(folder / "photos"), "--top", "3", "--out", str(out), *models]
    with pytest.raises(SystemExit, match="1"):  # as one of the photos is broken
        search.main([*arguments, "--page", str(tmp_path / "page")])
    results = pd.read_csv(out, keep_default_na=False)
    first = results[results["rank"] == 1]
    assert len(first) and (first["query"] == first["photo"]).all() and first["distance"].max() < 2e-3
    assert results.groupby(["query", "query_garment"])["distance"].apply(lambda d: d.is_monotonic_increasing).all()
    assert set(results.loc[results["photo"] == "photo-000001.jpg", "item"]) <= {"A1"}
    assert "broken-000000.jpg: not an image" in capsys.readouterr().err
    page = (tmp_path / "page/index.html").read_text()
    assert page.count("<img") == len(first) + len(results)


def test_only_garments_of_a_part_are_found(indexed, tmp_path):
    from retriever import search

    folder, models = indexed
    with Catalogue(folder / "index") as catalogue:
        part = catalogue.values("part")[0]
    arguments = [str(folder / "index"), str(folder / "photos"), "--part", part, "--out", str(tmp_path / "r.csv")]
    with pytest.raises(SystemExit, match="1"):
        search.main([*arguments, *models])
    assert set(pd.read_csv(tmp_path / "r.csv")["part"]) == {part}
    with pytest.raises(SystemExit, match="2"):
        search.main([*arguments, "--category", "toga", *models])


def test_photos_come_and_go(indexed, capsys):
    from retriever import index

    folder, models = indexed
    write_photos(folder / "photos", 7)
    (folder / "photos/photo-000000.jpg").unlink()
    index.main([str(folder / "photos"), "--out", str(folder / "index"), *models])
    with Catalogue(folder / "index") as catalogue:
        shown = set(catalogue.shown(catalogue.vectors()[0])["photo"])
    assert "photo-000000.jpg" not in shown
    index.main(["--delete", "photo-000003.jpg", "--out", str(folder / "index")])
    assert "1 of 1 photos removed" in capsys.readouterr().out


def test_an_index_of_another_embedder_cannot_be_searched(indexed, tmp_path):
    from retriever.search import main

    folder, models = indexed
    Catalogue(tmp_path, "other", 16).close()
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path), str(folder / "photos"), *models])


def test_a_vector_store_finds_the_same(indexed, tmp_path):
    from retriever import index, search

    folder, models = indexed
    copy = shutil.copytree(folder / "index", tmp_path / "index")
    index.main(["--out", str(copy), "--store", str(tmp_path / "store")])
    for one in (folder / "index", copy):
        out = ["--out", str(tmp_path / f"{one.parent.name}.csv")]
        with pytest.raises(SystemExit, match="1"):
            search.main([str(one), str(folder / "photos"), "--top", "3", "--part", "upper", *out, *models])
    by_structure, by_store = (pd.read_csv(tmp_path / f"{parent.name}.csv") for parent in (folder, tmp_path))
    pd.testing.assert_frame_equal(by_store, by_structure, atol=1e-4)


def test_a_folder_without_files_changes_nothing(indexed, tmp_path, capsys):
    from retriever import index

    folder, models = indexed
    copy = shutil.copytree(folder / "index", tmp_path / "photos/index")  # which is no photo either
    with Catalogue(copy) as catalogue:
        count = len(catalogue)
    with pytest.raises(SystemExit, match="2"):
        index.main([str(tmp_path / "photos"), "--out", str(copy), *models])
    assert "holds no files; nothing was changed" in capsys.readouterr().err
    with Catalogue(copy) as catalogue:
        assert len(catalogue) == count > 0


def test_a_search_with_a_broken_photo_ends_with_status_1(indexed, tmp_path, capsys):
    from retriever import search

    folder, models = indexed
    (tmp_path / "notes.jpg").write_bytes(b"no photo")
    with pytest.raises(SystemExit, match="1"):
        search.main([str(folder / "index"), str(tmp_path / "notes.jpg"), *models])
    said = capsys.readouterr()
    assert "notes.jpg" in said.err and "Empty" not in said.out


def test_an_empty_index_says_so(tmp_path):
    from retriever.finding import COLUMNS, Described
    from retriever.search import search_garments

    with Catalogue(tmp_path, "model", 8) as catalogue, pytest.raises(CatalogueError, match="holds no garments"):
        search_garments(catalogue, Described(pd.DataFrame(columns=COLUMNS), np.zeros((0, 8)), {}), 3)


def test_evaluation_stands_beside_chance_and_colours(indexed, ccp, tmp_path, capsys):
    from retriever import evaluate

    folder, models = indexed
    embedder = ["--model", str(folder / "models/embedder"), "--data", f"ccp:{ccp}", "--out", str(tmp_path)]
    evaluate.main([*embedder, "--views", "6"])
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["chance R@1"] == pytest.approx(1 / 6) and figures["chance R@10"] == 1
    assert all(0 <= figures[f"{name} R@1"] <= 1 for name in ("embedder", "colours", "ImageNet"))
    with pytest.raises(SystemExit, match="2"):
        evaluate.main([*embedder, *models])
    assert "no query has its item in the gallery" in capsys.readouterr().err
