"""make demo: the pipeline on a dozen sample photos."""

import csv
import shutil
from pathlib import Path

from pipeline.cli import main

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"


def samples() -> list[Path]:
    """A dozen `val` photos of the open data sets where they are at hand, else photographs of installed packages."""
    if (DATA / "ccp").is_dir() and (DATA / "clothing").is_dir():
        street = listed(DATA / "ccp" / "splits.csv", "photo", DATA / "ccp" / "photos")
        single = listed(DATA / "clothing" / "images.csv", "image", DATA / "clothing" / "images")
        return street[::12][:8] + single[::100][:4]
    import matplotlib.cbook
    import skimage.data

    found = [Path(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))]
    return [*found, Path(skimage.data.__file__).with_name("astronaut.png")]


def listed(table: Path, column: str, folder: Path) -> list[Path]:
    """The photos that a table of splits calls `val`."""
    with open(table, newline="") as file:
        return [folder / f"{row[column]}.jpg" for row in csv.DictReader(file) if row["split"] == "val"]


def prepare(folder: Path) -> None:
    """Copy the samples into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in samples():
        shutil.copy(path, folder)


if __name__ == "__main__":
    prepare(ROOT / "demo" / "photos")
    raise SystemExit(main([str(ROOT / "demo" / "photos"), "--out", str(ROOT / "demo" / "results")]))
