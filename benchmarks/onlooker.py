"""How far can the labels be guessed by eye? python benchmarks/onlooker.py --data ccp:PATH

The photos of `val`, and the held-out ones of `train`, were boxed by eye without their labels: each visible garment, its
part, and a confidence that it is labelled so, with two alternatives where both are possible (benchmarks/onlooker.csv).
The boxes of an early detector were shown beside the photo. Evaluated as by `python -m detector.evaluate`.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from detector.evaluate import describe
from garments.splits import hold_out
from garments.types import Table
from metrics.detection import detection_figures
from readers import read_all

SEEN = Path(__file__).with_name("onlooker.csv")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("?")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="the data set ccp")
    table = read_all(parser.parse_args(arguments).data)
    seen = Table.of(table.photos.to_dict("records"), pd.read_csv(SEEN).to_dict("records"), [])
    for name, part in (("val", table.in_splits("val")), ("held-out", hold_out(table.in_splits("train"), 0.1)[1])):
        print(f"{name}, {len(part.photos)} photos\n{describe(detection_figures(part, seen))}\n")


if __name__ == "__main__":
    main()
