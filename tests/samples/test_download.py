import hashlib

import pytest

from samples.download import DownloadError, Missing, fetch

BODY = bytes(range(256)) * 400
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def photo(server):
    server.files["/photo.jpg"] = BODY
    return f"{server.host}/photo.jpg"


def test_a_file_is_fetched_whole(photo, tmp_path):
    assert fetch(photo, tmp_path / "new" / "photo.jpg", SHA256)
    assert (tmp_path / "new" / "photo.jpg").read_bytes() == BODY
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["photo.jpg"]


def test_a_file_that_is_there_is_not_fetched_again(photo, server, tmp_path):
    fetch(photo, tmp_path / "photo.jpg", SHA256)
    assert not fetch(photo, tmp_path / "photo.jpg", SHA256)
    assert len(server.asked) == 1


def test_a_file_that_is_there_and_damaged_is_fetched_again(photo, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(BODY[:99])
    assert fetch(photo, tmp_path / "photo.jpg", SHA256)
    assert (tmp_path / "photo.jpg").read_bytes() == BODY


def test_a_cut_download_resumes_within_the_call(photo, server, tmp_path):
    server.cuts["/photo.jpg"] = [5000, 700]
    fetch(photo, tmp_path / "photo.jpg", SHA256)
    assert [wanted for _, wanted in server.asked] == [None, "bytes=5000-", "bytes=5700-"]
    assert (tmp_path / "photo.jpg").read_bytes() == BODY


def test_a_cut_download_resumes_with_the_next_call(photo, server, tmp_path):
    server.cuts["/photo.jpg"] = [5000, 0, 0]
    with pytest.raises(DownloadError, match="interrupted 3 times; the same command resumes"):
        fetch(photo, tmp_path / "photo.jpg", SHA256)
    assert not (tmp_path / "photo.jpg").exists()
    assert fetch(photo, tmp_path / "photo.jpg", SHA256)
    assert server.asked[-1] == ("/photo.jpg", "bytes=5000-")
    assert (tmp_path / "photo.jpg").read_bytes() == BODY


def test_a_server_without_ranges_sends_it_all_again(photo, server, tmp_path):
    server.ranges, server.cuts = False, {"/photo.jpg": [5000]}
    fetch(photo, tmp_path / "photo.jpg")
    assert (tmp_path / "photo.jpg").read_bytes() == BODY


def test_what_was_left_whole_is_taken_as_it_is(photo, tmp_path):
    (tmp_path / "photo.jpg.part").write_bytes(BODY)
    assert fetch(photo, tmp_path / "photo.jpg", SHA256)
    assert (tmp_path / "photo.jpg").read_bytes() == BODY


def test_what_was_left_of_a_longer_file_is_not_resumed(photo, tmp_path):
    (tmp_path / "photo.jpg.part").write_bytes(BODY + b"more")
    fetch(photo, tmp_path / "photo.jpg", SHA256)
    assert (tmp_path / "photo.jpg").read_bytes() == BODY


def test_a_wrong_checksum_is_refused_and_the_file_removed(photo, tmp_path):
    with pytest.raises(DownloadError, match=f"expected SHA-256 {'0' * 64}, got {SHA256}"):
        fetch(photo, tmp_path / "photo.jpg", "0" * 64)
    assert not list(tmp_path.iterdir())


def test_what_the_home_does_not_have_is_missing(server, tmp_path):
    with pytest.raises(Missing, match=r"/none.jpg: HTTP 404"):
        fetch(f"{server.host}/none.jpg", tmp_path / "none.jpg")


def test_a_host_that_cannot_be_reached_is_an_error(nowhere, tmp_path):
    with pytest.raises(DownloadError, match="cannot be reached"):
        fetch(f"{nowhere}/photo.jpg", tmp_path / "photo.jpg")
