"""The server with an index: what its garments get, the pictures, and what is refused, with a tiny embedder."""

import io
import json
import re
import shutil

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from engine.checksums import fingerprint
from pipeline.batch import analyse_batch
from pipeline.models import Pipeline
from pipeline.reading import read_content
from recommender.recommend import GOES_WITH
from reports.crops import SIDE
from retriever import index
from retriever.catalogue import Catalogue
from retriever.sqlite_file import CatalogueError
from samples.tiny import export_tiny_compatibility, export_tiny_embedder, export_tiny_models, write_photos
from web.app import create_app
from web.batcher import Batcher
from web.boutique import TOP, Boutique
from web.cli import main
from web.guard import HEADERS, Rules

CLASSIFIERS = ("img", "img+bbox")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Models, photos and their index."""
    folder = tmp_path_factory.mktemp("shop")
    write_photos(folder / "photos", 8)
    embedder = export_tiny_embedder(export_tiny_models(folder / "models"))
    export_tiny_compatibility(folder / "models", embedder)
    index.main([str(folder / "photos"), "--out", str(folder / "index"), "--models", str(folder / "models")])
    return folder


@pytest.fixture(scope="module")
def loaded(folder):
    """An index in memory, and the pipeline with its embedder."""
    boutique = Boutique(folder / "index", folder / "models")
    return boutique, boutique.load(lambda: Pipeline.load(folder / "models"))


@pytest.fixture
def client(loaded):
    boutique, pipeline = loaded
    app = create_app(Batcher(lambda: pipeline, analyse=boutique.records), CLASSIFIERS, Rules(), boutique=boutique)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def sent(folder):
    """The photos of the index, as they are sent."""
    return [(path.name, path.read_bytes()) for path in sorted((folder / "photos").iterdir())]


def rows_of(answer):
    assert answer.status_code == 200
    return [(record, row) for record in answer.json() for row in record["rows"]]


def test_each_garment_gets_similar_and_matching_items(client, send, sent):
    rows = rows_of(send(client, *sent))
    assert rows
    for record, row in rows:
        first = row["similar"][0]
        assert (first["photo"], first["part"], first["category"]) == (record["photo"], row["part"], row["category"])
        assert first["distance"] < 2e-3 and first["why"]
        assert all(item["part"] == GOES_WITH[row["part"]] for item in row["matching"])
        assert all(item["why"].endswith(row["category"]) and " with " in item["why"] for item in row["matching"])
        for items in (row["similar"], row["matching"]):
            order = [(item["part"] == row["part"], item["distance"]) for item in items]
            assert order == sorted(order, key=lambda key: (not key[0], key[1])) and len(items) <= TOP
    assert any(row["matching"] for _, row in rows)


def test_the_rest_of_a_row_is_as_without_an_index(client, send, sent, loaded):
    answered = send(client, *sent).json()
    for record in answered:
        for row in record["rows"]:
            del row["similar"], row["matching"]
    reads = [read_content(content, name) for name, content in sent]
    assert answered == json.loads(json.dumps(analyse_batch(loaded[1], reads)))


def test_photos_of_one_name_do_not_mix(client, send, sent):
    named = {record["photo"]: record["rows"] for record in send(client, *sent).json()}
    alike = send(client, ("broken.jpg", b"no photo"), *(("a.jpg", content) for _, content in sent[:7])).json()
    assert "rows" not in alike[0]
    firsts = [[row["similar"][0]["photo"] for row in record["rows"]] for record in alike[1:]]
    assert firsts == [[name] * len(named[name]) for name, _ in sent[:7]]


def test_models_and_index_are_used_once_for_a_photo(client, send, sent, loaded, monkeypatch):
    detector, calls = loaded[1].detector, []
    monkeypatch.setattr(loaded[1], "detector", lambda *given: calls.append(1) or detector(*given))
    for name in ("vectors", "__len__", "_check"):  # those that read all of an index
        monkeypatch.setattr(Catalogue, name, lambda *given: pytest.fail("the index is read again"))
    assert rows_of(send(client, *sent)) and len(calls) == 1


def test_pictures_are_those_of_the_items(client, send, sent):
    for _, row in rows_of(send(client, *sent[:4])):
        for item in row["similar"] + row["matching"]:
            answer = client.get(item["picture"])
            assert answer.headers["content-type"] == "image/jpeg" and answer.headers.items() >= {
                (name.lower(), value) for name, value in HEADERS.items()
            }
            assert Image.open(io.BytesIO(answer.content)).size == (SIDE, SIDE)


@pytest.mark.parametrize(
    "name", ["0", "99999", "-1", "1.5", "photo-000001.jpg", "9" * 5000, "%2e%2e%2fphotos", "\u0661"]
)
def test_nothing_but_pictures_is_served(client, name):
    answer = client.get(f"/pictures/{name}")
    assert answer.status_code == 404 and answer.json()["detail"]


def test_a_picture_whose_photo_is_gone_is_not_there(folder, tmp_path):
    shutil.copytree(folder / "index", tmp_path / "index")
    with Catalogue(tmp_path / "index") as catalogue:
        model, [number, *_] = catalogue.model, catalogue.vectors()[0]
    with Catalogue(tmp_path / "index", model, 16) as catalogue:
        catalogue._data.execute("UPDATE garments SET folder = ?", [str(tmp_path)])
        catalogue._data.commit()
    boutique = Boutique(tmp_path / "index", folder / "models")
    app = create_app(Batcher(lambda: None), CLASSIFIERS, Rules(), boutique=boutique)
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        answer = client.get(f"/pictures/{number}")
    assert answer.status_code == 404 and str(tmp_path) not in answer.text


def test_no_answer_holds_a_path_of_the_machine(client, send, sent, folder):
    for path in ("/api/photos", "/photos"):
        assert str(folder) not in send(client, *sent, path=path).text


def test_what_has_left_the_index_is_not_found(folder, send, sent, tmp_path):
    shutil.copytree(folder / "index", tmp_path / "index")
    boutique = Boutique(tmp_path / "index", folder / "models")
    pipeline = boutique.load(lambda: Pipeline.load(folder / "models"))
    with Catalogue(tmp_path / "index", fingerprint(folder / "models/embedder"), 16) as catalogue:
        gone = set(catalogue.shown(catalogue.vectors()[0])["photo"][:2])
        catalogue.delete(None, gone)
    records = boutique.records(pipeline, [read_content(content, name) for name, content in sent])
    items = [item for record in records for row in record["rows"] for kind in boutique.kinds for item in row[kind]]
    assert items and gone.isdisjoint(item["photo"] for item in items)


def test_the_card_shows_the_items(client, send, sent):
    text = send(client, *sent, path="/photos", headers={"hx-request": "true"}).text
    records = send(client, *sent).json()
    items = [
        item for record in records for row in record["rows"] for kind in ("similar", "matching") for item in row[kind]
    ]
    assert re.findall('<img src="(/pictures/[0-9]+)"', text) == [item["picture"] for item in items]
    assert "Goes with it" in text and items[0]["why"] in text


def test_openapi_describes_the_items(client, served):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert {"similar", "matching"} <= set(schemas["Garment"]["required"])
    assert set(schemas["Item"]["required"]) == {"picture", "photo", "part", "category", "distance", "why"}
    assert "<code>GET /pictures/{garment}</code>" in client.get("/api").text
    with served() as without:
        api = without.get("/openapi.json").json()
    assert "similar" not in api["components"]["schemas"]["Garment"]["properties"]
    assert not [path for path in api["paths"] if "pictures" in path]


def test_without_compatibility_there_are_similar_items_alone(folder, tmp_path):
    shutil.copytree(folder / "models/embedder", tmp_path / "embedder")
    assert Boutique(folder / "index", tmp_path).kinds == ("similar",)


def test_what_does_not_fit_is_refused_at_start(folder, tmp_path, capsys):
    models = shutil.copytree(folder / "models", tmp_path / "models")
    command = ["--models", str(models), "--index"]

    def refused(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([*arguments])
        assert ended.value.code == 2
        return capsys.readouterr().err

    assert "no index; make one by" in refused(*command, str(tmp_path / "none"))
    Catalogue(tmp_path / "other", "other", 16).close()
    assert "of another embedder" in refused(*command, str(tmp_path / "other"))
    export_tiny_compatibility(models, tmp_path)
    assert "was trained on another embedder" in refused(*command, str(folder / "index"))
    shutil.rmtree(models / "embedder")
    assert "--index needs the embedder that made the index" in refused(*command, str(folder / "index"))
    assert "--embedder is used with --index alone" in refused("--embedder", str(folder / "models/embedder"))


def test_an_empty_index_ends_the_start(folder, tmp_path):
    Catalogue(tmp_path, fingerprint(folder / "models/embedder"), 16).close()
    with pytest.raises(CatalogueError, match="holds no garments"):
        Boutique(tmp_path, folder / "models").load(lambda: Pipeline.load(folder / "models"))


def test_a_browser_shows_the_pictures(loaded, browser, folder):
    from in_browser import is_fault, serving, upload
    from playwright.sync_api import expect

    boutique, pipeline = loaded
    errors = []
    app = create_app(Batcher(lambda: pipeline, analyse=boutique.records), CLASSIFIERS, Rules(), boutique=boutique)
    with serving(app) as url:
        tab = browser.new_page(viewport={"width": 1280, "height": 1000})
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda message: errors.append(message.text) if is_fault(message) else None)
        tab.goto(url)
        upload(tab, *map(str, sorted((folder / "photos").iterdir())[:3]))
        pictures = tab.locator(".items img")
        assert pictures.count()
        for number in range(pictures.count()):
            pictures.nth(number).scroll_into_view_if_needed()
            expect(pictures.nth(number)).to_have_js_property("naturalWidth", SIDE)
        tab.locator("summary").first.focus()
        tab.keyboard.press("Enter")
        expect(pictures.first).to_be_hidden()
        for width in (320, 1280):
            tab.set_viewport_size({"width": width, "height": 1000})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
        tab.close()
    assert errors == []
