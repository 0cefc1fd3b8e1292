"""Index the garments of a folder of photos: python -m retriever.index FOLDER --out INDEX

The same command again adds new photos, replaces changed ones, removes those that are gone, and resumes after a kill.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from tqdm import tqdm

from garments.command import command
from photos.files import find_files, photo_name
from retriever.catalogue import Catalogue, PhotoState
from retriever.finding import Described, Finder
from retriever.store import update_store
from retriever.vectors import open_vectors

GROUP = 64  # photos that are added together; a killed call loses at most as many


def index_folder(
    folder: Path,
    catalogue: Catalogue,
    find: Callable[[list[Path], list[str]], Described],
    items: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Bring a catalogue up to date with a folder of photos; returns how many photos were read.

    Args:
        folder: the photos, with sub-folders.
        catalogue: open to write.
        find: (paths, names) -> their garments, as a `Finder`.
        items: {photo: the item it shows}, where known; of photos that were indexed before, too.

    Raises:
        FileNotFoundError: there is no such folder, or it holds no files.
    """
    refuse_empty_folder(folder, catalogue.folder)
    folder = folder.resolve()
    states = {state.photo: state for state in map(lambda path: _state(path, folder), _usable(folder, catalogue.folder))}
    todo = catalogue.plan(folder, states.values())
    with tqdm(total=len(todo), unit="photo", disable=None) as progress:
        for start in range(0, len(todo), GROUP):
            names = todo[start : start + GROUP]
            found = find([folder / name for name in names], names)
            photos = pd.DataFrame([states[name] for name in names])
            photos["problem"] = [found.problems.get(name, "") for name in photos["photo"]]
            catalogue.add(folder, photos, found.garments.assign(item=""), found.embeddings)
            catalogue.name_items(folder, {name: items[name] for name in names if name in items})
            progress.update(len(names))
    catalogue.name_items(folder, items)
    if strangers := sorted(set(items) - set(states)):
        print(f"{len(strangers)} photos with an item are not in {folder}, such as {strangers[0]}", file=sys.stderr)
    return len(todo)


def refuse_empty_folder(folder: Path, index: Path) -> None:
    """Raise a FileNotFoundError where no file is but those of the index: all its photos would leave it by a slip."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder; give the folder that holds the photos")
    if next(find_files(folder, leave_out=index), None) is None:
        raise FileNotFoundError(f"{folder} holds no files; nothing was changed. Remove photos by --delete")


def _usable(folder: Path, leave_out: Path) -> list[Path]:
    """The files of a folder whose names can be stored; others are named on stderr."""
    files = list(find_files(folder, leave_out=leave_out))
    good = [path for path in files if not any("\ud800" <= letter <= "\udfff" for letter in str(path))]
    for path in set(files) - set(good):
        print(f"{path!r}: its name is not valid UTF-8; rename it", file=sys.stderr)
    return good


def _state(path: Path, folder: Path) -> PhotoState:
    try:
        status = os.stat(path)
    except OSError:
        return PhotoState(photo_name(path, folder), -1, -1)
    return PhotoState(photo_name(path, folder), status.st_size, status.st_mtime_ns)


def read_items(file: Path) -> dict[str, str]:
    """{photo: item} of a CSV with these columns.

    Raises:
        ValueError: it has other columns.
    """
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    if not {"photo", "item"} <= set(rows):
        raise ValueError(f"{file}: expected the columns photo and item, got {', '.join(rows)}")
    return dict(zip(rows["photo"], rows["item"], strict=True))


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m retriever.index", description=__doc__.partition(":")[0])
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="the photos, with sub-folders")
    parser.add_argument("--out", type=Path, required=True, metavar="INDEX", help="folder of the index, new or not")
    parser.add_argument("--items", type=Path, metavar="CSV", help="columns photo, item: the product each photo shows")
    parser.add_argument("--delete", action="append", default=[], metavar="PHOTO", help="remove a photo; repeatable")
    parser.add_argument("--models", type=Path, help="folder of the exported models (default: as of the pipeline)")
    parser.add_argument("--embedder", type=Path, help="an exported embedder (default: embedder/ among the models)")
    parser.add_argument(
        "--store",
        metavar="URL",
        help="search by this Qdrant server, as http://localhost:6333, from now on; '' for none",
    )
    args = parser.parse_args(arguments)
    if not args.folder and not args.delete and args.store is None:
        parser.error("give a FOLDER to index (also with --items), a photo to --delete, or a --store")
    if args.folder:
        refuse_empty_folder(args.folder, args.out)  # before the models are loaded
    items = read_items(args.items) if args.items else {}
    finder = Finder.load(args.models, args.embedder) if args.folder else None
    with _open_to_write(args.out, finder) as catalogue:
        if args.delete:
            print(f"{args.out}: {catalogue.delete(None, args.delete)} of {len(args.delete)} photos removed")
        if finder:
            read = index_folder(args.folder, catalogue, finder, items)
            for _, photo, problem in catalogue.problems():
                print(f"{photo}: {problem}", file=sys.stderr)
            print(f"{args.out}: {read} photos read, {len(catalogue)} garments")
        if not update_store(catalogue, args.store) and finder:
            open_vectors(catalogue)


def _open_to_write(folder: Path, finder: Finder | None) -> Catalogue:
    """The catalogue of a folder, for the embeddings of a finder; without one it must be there."""
    if finder:
        return Catalogue(folder, finder.model, finder.numbers)
    with Catalogue(folder) as there:
        return Catalogue(folder, there.model, there.numbers)


if __name__ == "__main__":
    main()
