"""Downloads the data sets that the shipped models were trained on, from their public sources.

    python -m samples.data ccp clothing --out data

The same command resumes an interrupted download. Photos of Clothing Co-Parsing and their annotations are checked by
SHA-256 (ccp.csv); the Clothing dataset has no checksums. The splits are those of the shipped models; photos without a
split are not fetched.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from samples.download import HOST, DownloadError, Missing, address, fetch

HERE = Path(__file__).parent
BY_HAND = (
    "products: Kaggle serves it to members only; download paramaggarwal/fashion-product-images-small by hand from "
    "https://www.kaggle.com/datasets/paramaggarwal/fashion-product-images-small"
)
WORKERS = 8


class File(NamedTuple):
    """A file of a data set: its path there and in the folder, and its SHA-256 or ''."""

    path: str
    sha256: str = ""


def download_ccp(root: Path, host: str = HOST) -> None:
    """Clothing Co-Parsing with its label maps, tags and splits.csv: 1,948 photos, 120 MB.

    Args:
        root: the folder to write, in the layout of the reader `ccp`.
        host: another host of the same layout.

    Raises:
        DownloadError: a file cannot be fetched; what is there stays, and the next call resumes.
    """
    with open(HERE / "ccp.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    files = [File(row["path"], row["sha256"]) for row in rows]
    _fetch_all("ccp", files, root, host)
    splits = [(Path(row["path"]).stem, row["split"]) for row in rows if row["split"]]
    _write(root / "splits.csv", [("photo", "split"), *splits])


def download_clothing(root: Path, host: str = HOST) -> None:
    """The Clothing dataset: the photos of the senders in clothing.csv, and images.csv with their split.

    Args:
        root: the folder to write, in the layout of the reader `clothing`.
        host: another host of the same layout.

    Raises:
        DownloadError: a file cannot be fetched; what is there stays, and the next call resumes.
    """
    listed = root / "images-as-published.csv"
    fetch(address("clothing", "images.csv", host), listed)
    rows = list(_with_split(listed))
    _fetch_all("clothing", [File(f"images/{row['image']}.jpg") for row in rows], root, host)
    _write(root / "images.csv", [list(rows[0]), *(list(row.values()) for row in rows)])


DOWNLOADS = {"ccp": download_ccp, "clothing": download_clothing}


def _with_split(listed: Path) -> Iterator[dict[str, str]]:
    """The rows of images.csv whose sender has a split, with the split."""
    with open(HERE / "clothing.csv", newline="", encoding="utf-8") as file:
        splits = {row["sender_id"]: row["split"] for row in csv.DictReader(file)}
    with open(listed, newline="", encoding="utf-8-sig") as file:
        yield from (
            row | {"split": splits[row["sender_id"]]} for row in csv.DictReader(file) if row["sender_id"] in splits
        )


def _fetch_all(dataset: str, files: list[File], root: Path, host: str) -> None:
    """Fetch files in parallel with a progress bar; stops at the first error, but skips files that are not there."""

    def one(file: File) -> str:
        try:
            fetch(address(dataset, file.path, host), root / file.path, file.sha256)
        except Missing as error:
            return str(error)
        return ""

    pool = ThreadPoolExecutor(WORKERS)
    try:
        missing = list(filter(None, tqdm(pool.map(one, files), dataset, len(files), unit=" files")))
    finally:
        pool.shutdown(cancel_futures=True)
    if missing:
        print(f"{dataset}: {len(missing)} files are not there and were skipped, first {missing[0]}", file=sys.stderr)


def _write(path: Path, rows: list) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def main(arguments: list[str] | None = None) -> int:
    """Download data sets; exit status 1 if one failed."""
    parser = argparse.ArgumentParser(prog="samples.data", description="download the data sets to train on")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(DOWNLOADS)} (default: all)")
    parser.add_argument("--out", type=Path, default=Path("data"), help="the folder to write (default: %(default)s)")
    parser.add_argument("--host", default=HOST, help="another host of the same layout (default: %(default)s)")
    args = parser.parse_args(arguments)
    unknown = set(args.names) - set(DOWNLOADS) - {"products"}
    if unknown:
        parser.error(f"unknown data set {', '.join(sorted(unknown))}; known: {', '.join(DOWNLOADS)}, products")
    return max(_get(name, args.out, args.host) for name in args.names or [*DOWNLOADS, "products"])


def _get(name: str, out: Path, host: str) -> int:
    if name not in DOWNLOADS:
        print(BY_HAND)
        return 0
    try:
        DOWNLOADS[name](out / name, host)
    except DownloadError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    print(f"{name}: complete in {out / name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
