"""A dozen sample photos for the demo, from photos.csv.

    python -m samples.photos FOLDER

They are copied from the data sets if those are on disk, else downloaded, else (no network) replaced by the photos in
matplotlib and scikit-image. All are `val` photos: no shipped model was trained on them.
"""

import argparse
import csv
import shutil
from pathlib import Path

from samples.download import HOST, DownloadError, address, fetch

LIST = Path(__file__).with_name("photos.csv")
DATA = [Path(__file__).resolve().parents[1] / "data", Path(__file__).resolve().parents[2] / "shared" / "data"]
FOLDERS = {"ccp": "photos", "clothing": "images"}


def collect(folder: Path, data: list[Path], host: str = HOST) -> str:
    """Put the sample photos, and nothing else, into a folder.

    Args:
        folder: created if needed; sample photos that are there are kept, other files are removed.
        data: folders that may hold the data sets ccp/ and clothing/; the first with all the photos is used.
        host: to download from otherwise.

    Returns:
        One sentence on where the photos come from.
    """
    folder.mkdir(parents=True, exist_ok=True)
    local = next((root for root in data if all(_within(root, row).is_file() for row in _rows())), None)
    if local:
        return _copy([_within(local, row) for row in _rows()], folder, f"{len(_rows())} photos of {local}")
    try:
        return _download(folder, host)
    except DownloadError as error:
        paths = photos_of_packages()
        return _copy(paths, folder, f"{len(paths)} photos of matplotlib and scikit-image, as {error}")


def photos_of_packages() -> list[Path]:
    """Photos of people inside installed packages: grace_hopper.jpg, astronaut.png, camera.png."""
    import matplotlib.cbook
    import skimage.data

    found = Path(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
    return [found, *(Path(skimage.data.__file__).with_name(name) for name in ("astronaut.png", "camera.png"))]


def _rows() -> list[dict[str, str]]:
    with open(LIST, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _within(root: Path, row: dict[str, str]) -> Path:
    return root / row["dataset"] / FOLDERS[row["dataset"]] / row["photo"]


def _download(folder: Path, host: str) -> str:
    rows = _rows()
    _keep_only(folder, {row["photo"] for row in rows})
    for row in rows:
        path = f"{FOLDERS[row['dataset']]}/{row['photo']}"
        fetch(address(row["dataset"], path, host), folder / row["photo"], row["sha256"])
    return f"{len(rows)} photos of Clothing Co-Parsing and the Clothing dataset, downloaded"


def _copy(paths: list[Path], folder: Path, sentence: str) -> str:
    _keep_only(folder, set())
    for path in paths:
        shutil.copyfile(path, folder / path.name)
    return sentence


def _keep_only(folder: Path, names: set[str]) -> None:
    for path in folder.iterdir():
        if path.name.removesuffix(".part") not in names:
            path.unlink()


def main(arguments: list[str] | None = None) -> int:
    """Collect the photos and print where they come from."""
    parser = argparse.ArgumentParser(prog="samples.photos", description="collect a dozen sample photos")
    parser.add_argument("folder", type=Path, help="the folder for the photos; other files in it are removed")
    parser.add_argument("--host", default=HOST, help="another host of the same layout (default: %(default)s)")
    args = parser.parse_args(arguments)
    print(collect(args.folder, DATA, args.host))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
