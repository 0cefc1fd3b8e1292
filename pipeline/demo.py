"""make demo: the pipeline on a dozen sample photos."""

from pathlib import Path

from pipeline.cli import main
from samples.photos import DATA, collect

DEMO = Path(__file__).resolve().parents[1] / "demo"


def demo(folder: Path = DEMO) -> int:
    """Collect the photos, analyse them and print a summary; returns the pipeline's exit status.

    Args:
        folder: the folder to write photos/ and results/ into.
    """
    print(collect(folder / "photos", DATA))
    return main([str(folder / "photos"), "--out", str(folder / "results")])


if __name__ == "__main__":
    raise SystemExit(demo())
