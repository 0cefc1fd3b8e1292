"""A data set on disk -> Table. One file a data set; READERS names them."""

from collections.abc import Callable
from inspect import signature
from pathlib import Path

from garments.types import Table
from readers.ccp import read_ccp
from readers.clothing import read_clothing
from readers.coco import read_coco
from readers.consumer2shop import read_consumer2shop
from readers.deepfashion import read_deepfashion
from readers.deepfashion2 import read_deepfashion2
from readers.fashionpedia import read_fashionpedia
from readers.folders import read_folders
from readers.imaterialist2019 import read_imaterialist2019
from readers.inshop import read_inshop
from readers.labelmaps import read_labelmaps
from readers.products import read_products
from readers.streetstyle import read_streetstyle
from readers.voc import read_voc
from readers.yolo import read_yolo

READERS = {
    "ccp": read_ccp,
    "clothing": read_clothing,
    "products": read_products,
    "deepfashion": read_deepfashion,
    "inshop": read_inshop,
    "consumer2shop": read_consumer2shop,
    "deepfashion2": read_deepfashion2,
    "fashionpedia": read_fashionpedia,
    "imaterialist2019": read_imaterialist2019,
    "streetstyle": read_streetstyle,
    "coco": read_coco,
    "voc": read_voc,
    "yolo": read_yolo,
    "labelmaps": read_labelmaps,
    "folders": read_folders,
}

FILES = {"coco": ".json", "voc": ".xml", "yolo": "data.yaml", "folders": "labels.csv"}  # that may stand for the folder


def read(source: str) -> Table:
    """Read 'NAME:PATH' or 'NAME:PATH?OPTION' (as the --data option takes it) with the reader of that name.

    Args:
        source: several options of the reader are joined by '&': 'outlines&split=val'.

    Returns:
        Table; `dataset` of its photos is NAME.

    Raises:
        ValueError: the source is not of that form, the reader or an option is unknown, or the folder or a file that
                the data set needs does not exist.
    """
    name, colon, rest = source.partition(":")
    if not colon or name not in READERS:
        raise ValueError(f"--data {source!r}: expected NAME:PATH with NAME one of {', '.join(READERS)}")
    path, _, given = rest.partition("?")
    options = chosen_options(source, READERS[name], given)
    if not Path(path).is_dir() and not (name in FILES and Path(path).is_file()):
        file = f", or its file {FILES[name]}" if name in FILES else ""
        raise ValueError(f"--data {source!r}: {path!r} is not a folder; give the folder that holds the data set{file}")
    try:
        table = READERS[name](Path(path), **options)
    except FileNotFoundError as error:
        raise ValueError(
            f"--data {source!r}: {error.filename} is missing; give the folder that holds the data set"
        ) from error
    return Table(table.photos.assign(dataset=name), table.garments, table.problems)


def options_of(reader: Callable) -> dict[str, str]:
    """{option: its syntax} of a reader: 'outlines' is a switch, 'split=...' takes a value."""
    options = list(signature(reader).parameters.values())[1:]
    return {o.name: o.name if isinstance(o.default, bool) else f"{o.name}=..." for o in options}


def chosen_options(source: str, reader: Callable, given: str) -> dict[str, str | bool]:
    """The arguments of a reader that 'outlines&split=val' asks for.

    Raises:
        ValueError: the reader has no such option, or a value is missing.
    """
    known, chosen = options_of(reader), {}
    for text in filter(None, given.split("&")):
        name, equals, value = text.partition("=")
        if known.get(name) != (f"{name}=..." if equals and value else text):
            valid = ", ".join(known.values()) or "none"
            raise ValueError(f"--data {source!r}: no option {text!r}; options of this data set: {valid}")
        chosen[name] = value or True
    return chosen


def read_all(sources: list[str]) -> Table:
    """Read several sources into one Table; photos, groups and items are renamed to 'NAME/...'."""
    tables = {source.partition(":")[0]: read(source) for source in sources}
    if len(tables) < len(sources):
        raise ValueError(f"--data: each data set once, got {', '.join(sources)}")
    return Table.concatenate(tables)
