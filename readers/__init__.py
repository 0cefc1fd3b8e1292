"""A data set on disk -> Table. One file a data set; READERS names them."""

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
    "folders": read_folders,
}


def read(source: str) -> Table:
    """Read 'NAME:PATH' (as the --data option takes it) with the reader of that name.

    Raises:
        ValueError: the source is not of that form, the reader is unknown, or the folder does not exist.
    """
    name, colon, path = source.partition(":")
    if not colon or name not in READERS:
        raise ValueError(f"--data {source!r}: expected NAME:PATH with NAME one of {', '.join(READERS)}")
    if not Path(path).is_dir():
        raise ValueError(f"--data {source!r}: {path!r} is not a folder; give the folder that holds the data set")
    return READERS[name](Path(path))


def read_all(sources: list[str]) -> Table:
    """Read several 'NAME:PATH' into one Table; photos are then named 'NAME/photo'."""
    tables = {source.partition(":")[0]: read(source) for source in sources}
    if len(tables) < len(sources):
        raise ValueError(f"--data: each data set once, got {', '.join(sources)}")
    return Table.concatenate(tables)
