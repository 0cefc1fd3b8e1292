"""Average the weights of training runs that began from the same one: python -m classifier.average RUN RUN --out RUN

Wortsman et al.: Model soups: averaging weights of multiple fine-tuned models improves accuracy, ICML 2022.
"""

import argparse
import os
import shutil
from pathlib import Path

from garments.command import command


def average(runs: list[Path], out: Path, shares: list[float] | None = None) -> None:
    """Write a folder like the --out of a training, whose best epoch has the mean of the weights of the runs' best.

    Args:
        runs: folders of runs of one network.
        out: the folder to write; `classifier.export --run` and `classifier.train --init OUT/best.keras` take it. Its
            settings are those of the last run.
        shares: of each run in the mean, in any unit; equal ones by default.

    Raises:
        ValueError: the networks differ, or there is not one positive share a run.
        FileNotFoundError: a run has no best epoch yet.
        FileExistsError: `out` holds a run.
    """
    import keras
    import numpy as np

    import classifier.layers  # noqa: F401, registers the layers of the files
    from engine.export import best_epoch

    if (out / "config.json").exists():
        raise FileExistsError(f"{out} holds a run; give another folder by --out")
    shares = shares or [1.0] * len(runs)
    if len(shares) != len(runs) or min(shares) <= 0:
        raise ValueError(f"--shares: expected a positive number for each of {len(runs)} runs, got {shares}")
    models = [keras.saving.load_model(best_epoch(run), compile=False, safe_mode=True) for run in runs]
    shapes = [[(weight.name, weight.shape) for weight in model.weights] for model in models]
    for run, other in zip(runs, shapes, strict=True):
        if other != shapes[0]:
            raise ValueError(f"{run}: expected the network of {runs[0]}; average runs with the same settings")
    for same in zip(*(model.weights for model in models), strict=True):
        same[0].assign(np.average([np.asarray(weight) for weight in same], 0, shares))
    out.mkdir(parents=True, exist_ok=True)
    models[0].save(out / "best.keras")
    shutil.copy(runs[-1] / "config.json", out)


@command
def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m classifier.average", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="the --out of python -m classifier.train")
    parser.add_argument("--shares", type=float, nargs="+", help="of each run in the mean (default: equal ones)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the result, to be exported")
    args = parser.parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    average(args.runs, args.out, args.shares)
    print(f"{args.out}: the mean of {len(args.runs)} runs; next: python -m classifier.export --run {args.out}")


if __name__ == "__main__":
    main()
