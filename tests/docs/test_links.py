"""Every link of a document or a notebook leads somewhere."""

import re

import pytest
from documents import DOCUMENTS, FENCE, NOTEBOOKS, ROOT, anchors, text_of

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("file", [*DOCUMENTS, *NOTEBOOKS], ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(file):
    for link in LINK.findall(FENCE.sub("", text_of(file))):
        if "://" in link:
            assert re.fullmatch(r"https://[\w.-]+\.[a-z]+(/[\w./#%~+-]*)?", link), link
            continue
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.exists() and target.is_relative_to(ROOT), f"{file.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{file.name}: {link}"


def test_each_page_is_found_from_the_readme():
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        file = waiting.pop()
        seen.add(file)
        links = [link.partition("#")[0] for link in LINK.findall(text_of(file)) if "://" not in link]
        pages = {(file.parent / link).resolve() for link in links if link.endswith((".md", ".ipynb"))}
        waiting += pages - seen
    assert {*DOCUMENTS, *NOTEBOOKS} <= seen
