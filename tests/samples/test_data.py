import csv
import hashlib

import pytest

import samples.data
from readers import read
from samples.data import main
from samples.download import HOMES
from samples.generated import write_ccp, write_clothing


@pytest.fixture
def published(server, tmp_path, monkeypatch):
    """Generated data sets, served as their public homes serve the real ones, with lists of their files and splits."""
    write_ccp(tmp_path / "made" / "ccp")
    write_clothing(tmp_path / "made" / "clothing", photos=8)
    monkeypatch.setattr(samples.data, "HERE", tmp_path)
    _list_ccp(tmp_path)
    _publish_clothing(tmp_path)
    for dataset, home in HOMES.items():
        root = tmp_path / "made" / dataset
        for path in root.rglob("*.*"):
            server.files[f"/{home}/{path.relative_to(root).as_posix()}"] = path.read_bytes()
    return server


def _list_ccp(folder):
    root = folder / "made" / "ccp"
    with open(root / "splits.csv", newline="", encoding="utf-8") as file:
        splits = {row["photo"]: row["split"] for row in csv.DictReader(file)}
    (root / "splits.csv").unlink()  # not at the public home
    with open(folder / "ccp.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "split", "sha256"))
        for path in sorted(root.rglob("*.*")):
            split = splits[path.stem] if path.suffix == ".jpg" else ""
            rows.writerow((path.relative_to(root).as_posix(), split, hashlib.sha256(path.read_bytes()).hexdigest()))


def _publish_clothing(folder):
    """images.csv without a split; sender 1 belongs to none."""
    root = folder / "made" / "clothing"
    with open(root / "images.csv", newline="", encoding="utf-8") as file:
        rows = [row[:4] for row in csv.reader(file)]
    with open(root / "images.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    (folder / "clothing.csv").write_text("sender_id,split\n0,train\n2,train\n3,val\n", encoding="utf-8")


def test_ccp_is_fetched_as_its_reader_reads_it(published, tmp_path, capsys):
    assert main(["ccp", "--out", str(tmp_path / "data"), "--host", published.host]) == 0
    assert capsys.readouterr().out == f"ccp: complete in {tmp_path / 'data' / 'ccp'}\n"
    table = read(f"ccp:{tmp_path / 'data' / 'ccp'}")
    assert table.photos["split"].value_counts().to_dict() == {"train": 12, "val": 6, "tags": 6}
    assert not len(table.problems)


def test_clothing_is_fetched_with_its_splits_and_without_other_senders(published, tmp_path, capsys):
    assert main(["clothing", "--out", str(tmp_path / "data"), "--host", published.host]) == 0
    table = read(f"clothing:{tmp_path / 'data' / 'clothing'}")
    assert dict(zip(table.photos["group"], table.photos["split"], strict=True)) == {
        "sender 0": "train",
        "sender 2": "train",
        "sender 3": "val",
    }
    assert "clothing: 1 files are not there and were skipped" in capsys.readouterr().err
    assert "images.csv:7" in set(table.problems["file"])


def test_a_second_call_fetches_only_what_is_missing(published, tmp_path):
    call = ["ccp", "--out", str(tmp_path / "data"), "--host", published.host]
    main(call)
    (tmp_path / "data" / "ccp" / "photos" / "0003.jpg").unlink()
    published.asked.clear()
    assert main(call) == 0
    assert published.asked == [(f"/{HOMES['ccp']}/photos/0003.jpg", None)]


def test_a_cut_call_is_resumed_by_the_next(published, tmp_path, capsys):
    call = ["ccp", "--out", str(tmp_path / "data"), "--host", published.host]
    path = f"/{HOMES['ccp']}/photos/0003.jpg"
    published.cuts[path] = [100, 0, 0]
    assert main(call) == 1
    assert "interrupted 3 times; the same command resumes the download" in capsys.readouterr().err
    assert main(call) == 0
    assert [wanted for asked, wanted in published.asked if asked == path][-1] == "bytes=100-"


def test_a_wrong_checksum_ends_it_and_the_file_is_removed(published, tmp_path, capsys):
    published.files[f"/{HOMES['ccp']}/photos/0003.jpg"] = b"another"
    assert main(["ccp", "--out", str(tmp_path / "data"), "--host", published.host]) == 1
    assert "photos/0003.jpg: expected SHA-256" in capsys.readouterr().err
    assert not list((tmp_path / "data" / "ccp" / "photos").glob("0003*"))


def test_no_network_is_one_line(nowhere, tmp_path, capsys):
    assert main(["clothing", "--out", str(tmp_path), "--host", nowhere]) == 1
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == 1 and printed[0].startswith("clothing: ") and "cannot be reached" in printed[0]


def test_products_are_fetched_by_hand(tmp_path, capsys):
    assert main(["products", "--out", str(tmp_path)]) == 0
    assert "by hand from https://www.kaggle.com/" in capsys.readouterr().out


def test_an_unknown_name_lists_those_that_are_known(capsys):
    with pytest.raises(SystemExit):
        main(["hats"])
    assert "unknown data set hats; known: ccp, clothing, products" in capsys.readouterr().err


def test_the_lists_are_those_of_the_data_sets():
    with open(samples.data.HERE / "ccp.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    splits = [row["split"] for row in rows if row["split"]]
    assert {split: splits.count(split) for split in set(splits)} == {"train": 750, "val": 104, "tags": 1094}
    assert len({row["path"] for row in rows}) == len(rows) == 2 * 1948 + 1
