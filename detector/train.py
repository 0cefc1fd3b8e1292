"""Train a detector: python -m detector.train --data ccp:PATH --preset cpu --out FOLDER"""

import argparse
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from detector.config import PRESETS, DetectorConfig, preset
from detector.experiment import Data, experiment
from engine.run_folder import Longer, further_inputs, inputs_of, run_folder
from engine.settings import parse_settings
from garments.command import command
from garments.splits import hold_out
from garments.storage import OUTLINES
from garments.types import Table


def train(
    config: DetectorConfig,
    table: Table,
    out: Path,
    init: str | None = None,
    inputs: Mapping[str, str] | None = None,
) -> dict[str, float]:
    """Train with the Model Garden's trainer; the same call resumes an interrupted run.

    Args:
        config: the settings; a folder with a run with other settings is refused.
        table: the training photos; a share of them is held out to choose the best checkpoint.
        out: the folder for records, checkpoints, TensorBoard files (train/, validation/), metrics.jsonl and best/.
        init: initial weights: a checkpoint (file or folder; see `DetectorConfig.init_modules`) or an exported detector.
        inputs: what else the run is tied to, see `engine.run_folder.further_inputs`.

    Returns:
        The COCO figures of the last evaluation on the held-out photos.

    Raises:
        ValueError: `out` holds a run with other settings or data, or another training runs there.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    out, inputs = out.resolve(), {**inputs_of(table, init), **(inputs or {})}
    with run_folder(out, asdict(config), inputs, Longer("steps", "best")):
        return _run(config, records(config, table, out), out, init)


def _run(config: DetectorConfig, data: Data, out: Path, init: str | None) -> dict[str, float]:
    """Run the Model Garden's trainer."""
    import tensorflow as tf
    import tf_keras
    from official.core import train_lib

    from detector.task import GarmentTask

    if config.bfloat16 and not has_bfloat16():
        print("computing in float32, as this processor does not support bfloat16", flush=True)
        config = replace(config, bfloat16=False)
    latest = tf.train.latest_checkpoint(str(out))
    done = int(latest.rpartition("-")[2]) if latest else 0
    config = replace(config, seed=config.seed + done)  # what is resumed does not draw the same photos again
    tf_keras.utils.set_random_seed(config.seed)
    tf_keras.mixed_precision.set_global_policy("mixed_bfloat16" if config.bfloat16 else "float32")
    params = experiment(config, data, init)
    task = GarmentTask(params.task, logging_dir=str(out))
    _, figures = train_lib.run_experiment(
        distribution_strategy=tf.distribute.OneDeviceStrategy(
            "device:GPU:0" if tf.config.list_physical_devices("GPU") else "device:CPU:0"
        ),
        task=task,
        mode="train_and_eval",
        params=params,
        model_dir=str(out),
        run_post_eval=True,
        eval_actions=[lambda figures: _append_line(figures, out / "metrics.jsonl")],
    )
    return {name: float(value) for name, value in figures.items()}


def records(config: DetectorConfig, table: Table, out: Path) -> Data:
    """Write the record files of a run, or find those of the resumed run; only annotated boxes are held out."""
    from detector.data import write_records

    listed = out / "records" / "records.json"
    if not listed.exists():
        held = hold_out(table.keep(~_incomplete(table, config.masks)), config.held_out)[1]
        rest = table.keep(~table.photos["photo"].isin(held.photos["photo"]))
        height, width = config.input_size
        larger = height * 3 // 2, width * 3 // 2  # so that a view can zoom in
        files = {"train": str(listed.with_name("train.tfrecord")), "held_out": str(listed.with_name("held.tfrecord"))}
        masks, made_up = {"masks": config.masks}, (config.composites, config.seed)
        trained = write_records(rest, Path(files["train"]), larger, config.categories, *made_up, **masks)
        count = write_records(held, Path(files["held_out"]), config.input_size, **masks)
        if not trained or not count:
            judged = "annotated boxes and outlines" if config.masks else "annotated boxes"
            counts = f"{trained} photos with boxes of a known part to train on, {count} with {judged} to hold out"
            raise ValueError(f"{counts}: give more; boxes found by detector.weak are not held out")
        content = dict(train=[files["train"]], held_out=files["held_out"], held_out_count=count)
        listed.write_text(json.dumps(content), encoding="utf-8")
    return Data(**json.loads(listed.read_text(encoding="utf-8")))


def _incomplete(table: Table, masks: bool) -> pd.Series:
    """Which photos have a garment whose box is not annotated or, with masks, without an outline."""
    garments = table.garments
    poor = garments["score"] < 1
    if masks:
        poor |= garments[OUTLINES].isna() if OUTLINES in garments else True
    return table.photos["photo"].isin(garments.loc[poor, "photo"])


def has_bfloat16(processor: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this machine supports bfloat16: a GPU, or a processor with that flag or without a list of flags."""
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU") or not processor.exists():
        return True
    return not {"avx512_bf16", "amx_bf16", "bf16"}.isdisjoint(processor.read_text(encoding="utf-8").split())


def _append_line(figures: dict[str, Any], file: Path) -> None:
    """Append the figures as one JSON line."""
    import orbit

    values = {name: float(orbit.utils.get_value(value)) for name, value in figures.items()}
    with open(file, "a", encoding="utf-8") as lines:
        lines.write(json.dumps(values) + "\n")


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all
    from readers.corrections import with_corrections
    from readers.extra_boxes import with_extra_boxes

    parser = argparse.ArgumentParser(prog="python -m detector.train", description=__doc__.partition(":")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="train", help="splits to train on, comma-separated (default: train)")
    parser.add_argument(
        "--boxes", type=Path, action="append", default=[], metavar="CSV", help="boxes from detector.weak; repeatable"
    )
    parser.add_argument("--corrections", type=Path, metavar="CSV", help="labels to correct: kept rows of an audit.csv")
    parser.add_argument("--preset", default="cpu", choices=PRESETS, help="default: cpu, as shipped; tiny: for tests")
    parser.add_argument("--masks", action="store_true", help="Mask R-CNN; give data with ?outlines")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting; repeatable")
    parser.add_argument("--init", metavar="PATH", help="initial weights: a checkpoint or an exported detector")
    parser.add_argument("--out", type=Path, required=True, help="folder for the run; the same command resumes it")
    args = parser.parse_args(arguments)
    masks = {"masks": True} if args.masks else {}
    config = replace(preset(args.preset), **{**masks, **parse_settings(DetectorConfig, args.set)})
    table = with_corrections(read_all(args.data), args.corrections).in_splits(*args.splits.split(","))
    table = with_extra_boxes(table, args.boxes)
    inputs = further_inputs(splits=args.splits, boxes=args.boxes, corrections=args.corrections)
    figures = train(config, table, args.out, args.init, inputs)
    print(
        f"held-out photos: AP {figures['AP']:.3f}, AP50 {figures['AP50']:.3f}; best checkpoint in {args.out / 'best'}"
    )


if __name__ == "__main__":
    main()
