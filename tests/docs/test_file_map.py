import sys

from documents import ROOT

sys.path.insert(0, str(ROOT / "docs"))
from file_map import file_map, files, line_of


def test_the_map_names_each_file_with_its_line():
    assert (ROOT / "docs" / "files.md").read_text() == file_map(files()), "make files writes it anew"
    assert (
        line_of("garments/types.py").startswith("The three records")
        and line_of("notebooks/1_data.ipynb") == "1 What is in a data set."
    )
