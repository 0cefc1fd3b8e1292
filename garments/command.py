"""What command lines share: errors as one line on stderr with exit status 2, and the arguments of evaluate."""

import argparse
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]  # the checkout, or the folder that packages are installed in
PACKAGES = (
    "garments", "photos", "readers", "engine", "metrics", "detector", "classifier", "segmenter", "retriever",
    "generator", "recommender", "reports", "pipeline", "web", "samples",
)  # fmt: skip


def command(main: Callable) -> Callable:
    """Decorate the `main` of a command line: a user's error is reported in one line, with exit status 2.

    User errors are an OSError (a file or folder that cannot be used) and a ValueError or KeyError raised by this
    project. Those of libraries keep their traceback. `python -X dev -m ...` always shows the traceback. Ctrl-C ends it
    with one line and exit status 130.
    """

    @wraps(main)
    def run(arguments: list[str] | None = None) -> Any:
        try:
            return main(arguments)
        except KeyboardInterrupt as stopped:
            print("stopped; what was finished is kept, and a training resumes by the same command", file=sys.stderr)
            raise SystemExit(130) from stopped
        except (OSError, ValueError, KeyError) as error:
            if sys.flags.dev_mode or not (isinstance(error, OSError) or _is_ours(error)):
                raise
            message = error.args[0] if isinstance(error, KeyError) else error
            print("error: " + " ".join(str(message).split()), file=sys.stderr)
            raise SystemExit(2) from error

    return run


def evaluate_parser(module: str, doc: str) -> argparse.ArgumentParser:
    """The parser of an evaluate command with the arguments that all evaluate commands share.

    Args:
        module: its name, as given to `python -m`.
        doc: the module's docstring: what it does, then a colon.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=doc.partition(":")[0])
    parser.add_argument(
        "--data", action="append", required=True, metavar="NAME:PATH[?OPTION]", help="a data set; repeatable"
    )
    parser.add_argument("--splits", default="val", help="splits to evaluate on, comma-separated (default: val)")
    parser.add_argument(
        "--held-out",
        type=float,
        default=0,
        metavar="SHARE",
        help="only the photos that training held out",
    )
    parser.add_argument("--out", type=Path, help="folder for truth/, predicted/ and figures.json, for reports")
    return parser


def _is_ours(error: Exception) -> bool:
    """Whether it was raised by a module of this project, not by a library."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    path = Path(frame.f_code.co_filename).resolve()
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES
