"""Train networks with losses alike and compare them: python -m segmenter.compare --data ccp:PATH --out FOLDER"""

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from engine.run_folder import inputs_of
from engine.settings import parse_settings
from engine.timing import milliseconds
from garments.command import command
from garments.types import Table
from metrics.figures import flat
from metrics.segmentation import per_class
from metrics.tables import markdown, with_interval
from segmenter.config import SegmenterConfig, load_config
from segmenter.evaluate import all_figures, evaluate
from segmenter.export import export
from segmenter.exported import Segmenter
from segmenter.names import LOSSES, NETWORKS
from segmenter.train import train

RESULT, TABLE, CLASSES = "result.json", "table.csv", "classes.csv"


def compare(
    configs: list[SegmenterConfig], training: Table, held: Table, out: Path, init: str | None = "imagenet"
) -> pd.DataFrame:
    """Train, export and evaluate each network that has no result yet; the same call goes on where one was stopped.

    Args:
        configs: the settings of each; they differ in model and loss.
        training: photos to train on.
        held: photos to evaluate on.
        out: gets a folder NETWORK-LOSS for each, and the table as table.csv and table.md.
        init: 'imagenet' for encoders whose weights can be had, or None.

    Returns:
        A row a network and loss: parameters, initial weights, ms a photo, and the figures of `segmenter.evaluate`.

    Raises:
        ValueError: there is a result of other settings or data.
    """
    data = {name: inputs_of(table, None)["data"] for name, table in (("training", training), ("evaluated on", held))}
    asked = [json.loads(json.dumps({**asdict(config), **data, "init": init})) for config in configs]
    folders = [out / name_of(config) for config in configs]
    for folder, of in zip(folders, asked, strict=True):
        _refuse_other(folder, of)
    for config, folder, of in zip(configs, folders, asked, strict=True):
        if not (folder / RESULT).exists():
            print(f"== {folder.name}", flush=True)
            result = {"of": of, **_result(config, training, held, folder, out / "photos", init)}
            part = folder / f"{RESULT}.part"
            part.write_text(json.dumps(result, indent=1), encoding="utf-8")
            os.replace(part, folder / RESULT)
    return _write([_read(folder) for folder in folders], out)


def _read(folder: Path) -> dict:
    return json.loads((folder / RESULT).read_text(encoding="utf-8"))


def _refuse_other(folder: Path, of: dict) -> None:
    """Raise a ValueError where a folder has a result of something else."""
    there = _read(folder).get("of", {}) if (folder / RESULT).exists() else of
    if other := [name for name in of if there.get(name) != of[name]]:
        raise ValueError(f"{folder} has a result of another {', '.join(other)}; give the same, or another --out")


def name_of(config: SegmenterConfig) -> str:
    """The name of a network with a loss."""
    return f"{config.model}-{config.loss}"


def _result(config: SegmenterConfig, training: Table, held: Table, folder: Path, store: Path, init: str | None) -> dict:
    """The row of a network with a loss, and its IoU of each class."""
    import keras

    from segmenter.networks import build

    keras.backend.clear_session()
    init = _obtainable(config, init)
    train(config, training, folder / "run", init, store=store)
    export(folder / "run", folder / "model")
    model, parameters = Segmenter.load(folder / "model"), build(load_config(folder / "run")).count_params()
    levels, _ = evaluate(model, held)
    row = dict(network=config.model, loss=config.loss, init=init or "random", parameters=parameters)
    log = pd.read_json(folder / "run" / "metrics.jsonl", lines=True)
    pixels = np.random.default_rng(0).integers(0, 255, (config.height, config.width, 3), np.uint8)
    row |= {"minutes": log["seconds"].sum() / 60, "ms a photo": milliseconds(lambda: model(pixels))}
    classes = {space: per_class(scored)["IoU"].to_dict() for space, scored in levels.items()}
    return {"row": row | flat(all_figures(levels)), "classes": classes}


def _obtainable(config: SegmenterConfig, init: str | None) -> str | None:
    """`init`, or None where the encoder's weights are not on this machine and cannot be fetched."""
    from segmenter.networks import build

    try:
        build(replace(config, classes=("background", "other")), init)
    except (ConnectionError, FileNotFoundError) as error:
        print(f"{config.model}: from random weights, as {error}", file=sys.stderr)
        return None
    return init


def _write(results: list[dict], out: Path) -> pd.DataFrame:
    """The table, and the IoU of each class, as CSV; the table as Markdown."""
    table = pd.DataFrame([result["row"] for result in results])
    rows = [
        {"network": result["row"]["network"], "loss": result["row"]["loss"], "space": space, **values}
        for result in results
        for space, values in result["classes"].items()
    ]
    table.to_csv(out / TABLE, index=False)
    pd.DataFrame(rows).to_csv(out / CLASSES, index=False)
    (out / "table.md").write_text(markdown(in_words(table)), encoding="utf-8")
    return table


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """The table as text, a row a network: figures with their intervals, without baselines."""
    words = pd.DataFrame(index=pd.Index(table["network"] + ", " + table["loss"], name="network, loss"))
    words["init"] = table["init"].to_list()
    words["parameters"] = [f"{count / 1e6:.1f} M" for count in table["parameters"]]
    for name in ("minutes", "ms a photo"):
        words[name] = [f"{value:.0f}" for value in table[name]]
    for name in (c for c in table if f"{c}_low" in table and not c.startswith("background everywhere")):
        figures = table[[name, f"{name}_low", f"{name}_high"]].itertuples(index=False)
        words[name] = [with_interval(tuple(figure)) for figure in figures]
    return words


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    parser = argparse.ArgumentParser(prog="python -m segmenter.compare", description=__doc__.partition(":")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, comma-separated (default: train)")
    parser.add_argument("--evaluate-on", default="val", metavar="SPLITS", help="splits to evaluate on (default: val)")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="comma-separated (default: all)")
    parser.add_argument("--losses", default=",".join([*LOSSES, "dice+ce"]), help="comma-separated (default: all)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting of all")
    parser.add_argument("--from-scratch", action="store_true", help="start every encoder from random weights")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs; the same command goes on")
    args = parser.parse_args(arguments)
    shared = SegmenterConfig(**parse_settings(SegmenterConfig, args.set))
    pairs = product(args.networks.split(","), args.losses.split(","))
    configs = [replace(shared, model=network, loss=loss) for network, loss in pairs]
    table = read_all(args.data)
    training, held = (table.in_splits(*splits.split(",")) for splits in (args.splits, args.evaluate_on))
    found = compare(configs, training, held, args.out, None if args.from_scratch else "imagenet")
    print(markdown(in_words(found)))
    print(f"{args.out / TABLE}; the page: python -m reports.segmenter --compared {args.out} --out PAGE")


if __name__ == "__main__":
    main()
