"""The page on generators, of made-up figures and pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from metrics.figures import write_figures
from reports.generator import REAL, main, table

RNG = np.random.default_rng(0)
FIGURES = {"copies": 0.0, "samples": 20.0, "kid": (0.2, 0.1, 0.3), "kid_real": (0.01, 0.0, 0.02)}
FIGURES |= {f"{name}{end}": (0.5, 0.4, 0.6) for name in ("precision", "recall") for end in ("", "_real")}


@pytest.fixture
def evaluated(tmp_path):
    """A function of figures that writes what generator.evaluate does, and gives its folder."""

    def write(**changes):
        folder = write_figures(tmp_path / f"seen-{len(changes)}", FIGURES | changes).parent
        samples, neighbours = RNG.integers(0, 255, (2, 20, 16, 16, 3)).astype(np.uint8)
        distances, categories = np.linspace(0.5, 3, 20), np.array(["tee"] * 20)
        np.savez(
            folder / "samples.npz", samples=samples, neighbours=neighbours, distances=distances, categories=categories
        )
        return folder

    return write


@pytest.fixture
def run(tmp_path):
    """The folder of a training of nine rounds."""
    (tmp_path / "run" / "grids").mkdir(parents=True)
    line = {"d_loss": 1.3, "g_loss": 0.8, "d_real": 0.6, "d_fake_before": 0.4, "d_fake_after": 0.3, "seconds": 9.0}
    lines = [json.dumps({"epoch": epoch, **line}) for epoch in range(9)]
    (tmp_path / "run" / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    for epoch in range(9):
        Image.new("RGB", (40, 20)).save(tmp_path / "run" / "grids" / f"round-{epoch + 1:04d}.jpg")
    return tmp_path / "run"


def test_the_page_shows_figures_samples_neighbours_and_the_training(evaluated, run, tmp_path, capsys):
    main(["--predictions", f"new={evaluated()}", "--training", f"new={run}", "--out", str(tmp_path / "page")])
    page = tmp_path / "page" / "index.html"
    assert capsys.readouterr().out.strip() == str(page)
    html = page.read_text()
    for words in (
        "none of 20 samples copies",
        "0.200 [0.100, 0.300]",
        REAL,
        "new after 1 rounds",
        "new after 9 rounds",
    ):
        assert words in html
    for file in ("samples-new.png", "training-new.png", "round-0009-new.png", "nearest-new-0000.png", "figures.csv"):
        assert (page.parent / file).exists()


def test_copies_make_the_verdict_bad(evaluated, tmp_path):
    main(["--predictions", f"new={evaluated(copies=3.0)}", "--out", str(tmp_path / "page")])
    html = (tmp_path / "page" / "index.html").read_text()
    assert 'class="verdict bad"' in html and "3 of 20 samples copy" in html


def test_generators_stand_side_by_side_above_the_floor(evaluated):
    figures = {}
    for name, kid in (("dcgan", 0.4), ("new", 0.1)):
        figures[name] = json.loads((evaluated(kid=(kid, 0.0, 1.0)) / "figures.json").read_text())
    rows = table(figures)
    assert rows.index.tolist() == ["dcgan", "new", REAL]
    assert rows["KID"].str[:5].tolist() == ["0.400", "0.100", "0.010"]


def test_a_folder_of_another_command_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--predictions", f"new={tmp_path}", "--out", str(tmp_path / "page")])
    assert "generator.evaluate" in capsys.readouterr().err
