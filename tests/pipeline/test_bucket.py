"""Photos in an object store, by a server of S3's protocol on this machine."""

import pickle
import threading
from collections import Counter
from http.server import ThreadingHTTPServer

import pytest

from photos.reading import PhotoError, find_files, photo_name
from pipeline import cli
from pipeline.bucket import Bucket
from pipeline.journal import CannotRun
from pipeline.reading import read_file
from pipeline.run import Options, run
from samples.doubles import contents


@pytest.fixture
def endpoint(tmp_path, monkeypatch):
    """The options of a URL that lead to a server, whose buckets are the folders of tmp_path."""
    server_module = pytest.importorskip("localbucket", reason="needs localbucket")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setattr(server_module.S3Handler, "data_root", tmp_path, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), server_module.S3Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"?region=us-east-1&scheme=http&endpoint_override=127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def store(endpoint, folder):
    """The URL of the photos of `folder`, a bucket."""
    (folder / ".hidden").write_text("skipped", encoding="utf-8")
    (folder / "=a.jpg").write_bytes((folder / "a.jpg").read_bytes())
    (folder / "sub-photo.jpg").write_bytes((folder / "a.jpg").read_bytes())
    return f"s3://photos{endpoint}"


def test_objects_are_listed_as_the_files_of_a_folder(store, folder):
    skipped: Counter[str] = Counter()
    listed = list(Bucket(store).files(skipped))
    assert [name for name, *_ in listed] == [photo_name(path, folder) for path in find_files(folder)]
    assert {name: size for name, size, _ in listed}["a.jpg"] == (folder / "a.jpg").stat().st_size
    assert skipped == {"hidden": 1}


def test_a_run_on_a_bucket_is_one_on_a_folder(store, folder, models, tmp_path):
    run(folder, tmp_path / "one", Options(tmp_path))
    assert cli.main([store, "--out", str(tmp_path / "other"), "--models", str(tmp_path)]) == 1
    assert contents(tmp_path / "other") == contents(tmp_path / "one")
    assert run(store, tmp_path / "other", Options(tmp_path)).processed == 2  # the files that failed


def test_a_worker_elsewhere_reads_the_same(store):
    bucket = pickle.loads(pickle.dumps(Bucket(store)))
    assert read_file("a.jpg", bucket).opened()[0].width == 60


def test_objects_that_cannot_be_read_are_problems(store, folder, monkeypatch):
    bucket = Bucket(store)
    with pytest.raises(PhotoError, match="no longer there"):
        bucket.content("gone.jpg")
    monkeypatch.setattr("pipeline.bucket.MAX_BYTES", 10)
    with pytest.raises(PhotoError, match="larger than"):
        bucket.content("a.jpg")
    assert read_file("gone.jpg", bucket).error


def test_a_store_without_photos_is_an_error(endpoint, models, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CannotRun, match="holds no files"):
        run(f"s3://empty{endpoint}", tmp_path / "out", Options(tmp_path))
    with pytest.raises(CannotRun, match="cannot be listed"):
        run(f"s3://nowhere{endpoint}", tmp_path / "out", Options(tmp_path))
    with pytest.raises(CannotRun, match=r"nowhere://shop: .* give a folder, s3://"):
        run("nowhere://shop", tmp_path / "out", Options(tmp_path))
    assert cli.main([f"s3://empty{endpoint}"]) == 2
    assert "by --out" in capsys.readouterr().err
