"""Average the weights of detectors that began from the same one: python -m detector.average MODEL MODEL --out RUN

Wortsman et al.: Model soups: averaging weights of multiple fine-tuned models improves accuracy, ICML 2022.
"""

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from detector.experiment import Data, experiment
from garments.command import command


def average(models: list[Path], out: Path) -> None:
    """Write a folder like the --out of a training, whose best checkpoint has the mean of the weights.

    Args:
        models: exported detectors with the same network.
        out: the folder to write; `detector.export --run` and `detector.train --init OUT/best` take it.

    Raises:
        ValueError: the networks differ.
        FileExistsError: `out` holds a run.
    """
    import numpy as np
    import tensorflow as tf

    from detector.model import built_detector
    from detector.weights import named_variables, settings_of, weights_by_name

    if (out / "config.json").exists():
        raise FileExistsError(f"{out} holds a run; give another folder by --out")
    weights = [weights_by_name(path) for path in models]
    shapes = [{name: weight.shape for name, weight in of.items()} for of in weights]
    for path, other in zip(models, shapes, strict=True):
        if other != shapes[0]:
            raise ValueError(f"{path}: expected the network of {models[0]}; average detectors with the same settings")
    config = settings_of(models[0])
    model = built_detector(experiment(config, Data()).task)
    for name, variable in named_variables(model).items():
        if name in weights[0]:
            variable.assign(np.mean([of[name] for of in weights], 0))
    tf.train.CheckpointManager(tf.train.Checkpoint(model=model), str(out / "best"), 1).save()
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1), encoding="utf-8")


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m detector.average", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help="an exported detector")
    parser.add_argument("--out", type=Path, required=True, help="folder for the result, to be exported")
    args = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    average(args.models, args.out)
    print(f"{args.out}: the mean of {len(args.models)} detectors; next: python -m detector.export --run {args.out}")


if __name__ == "__main__":
    main()
