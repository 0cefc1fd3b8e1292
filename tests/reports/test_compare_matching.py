"""A match network on the features of a detector, beside colours and ImageNet features."""

from readers import read
from reports import compare_matching
from reports.compare_matching import compare, possible, section
from reports.contest import Photos
from reports.page import Page
from retriever.match.config import TINY
from samples.items import export_pyramid_detector, write_items


def test_it_is_trained_once_and_stands_on_the_page(tmp_path, monkeypatch):
    table = read(f"products:{write_items(tmp_path / 'products')}")
    photos = Photos(table.in_splits("train"), table.in_splits("val"), {"splits": "train"})
    detector = export_pyramid_detector(tmp_path / "detector")
    first = compare(detector, TINY, photos, tmp_path / "match")
    monkeypatch.setattr(compare_matching, "train", None)
    again = compare(detector, TINY, photos, tmp_path / "match")
    page = Page(tmp_path / "page", "")
    table = section(page, again)
    assert first == again and table.index.tolist() == ["Match R-CNN", "colours", "ImageNet features"]
    assert table.loc["Match R-CNN", "R@1"].startswith(f"{first['match R@1'][0]:.3f} [")
    assert "retrieval by its features" in page.write().read_text()


def test_items_with_several_photos_are_needed(ccp, tmp_path):
    table, one = read(f"ccp:{ccp}"), read(f"products:{write_items(tmp_path, photos=1)}")
    assert not possible(Photos(table, table, {})) and not possible(Photos(one, one, {}))
