"""What does a landscape photo cost the detector? python benchmarks/landscape.py --data ccp:PATH [--splits val]

Each photo is evaluated as it is, and widened to 3:2 by repeating the columns at its left and right edge: the same
people, in a landscape photo.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from detector.predict import Detector
from garments.types import BOX_COLUMNS, Photo, Table
from metrics.detection import detection_figures
from photos.canvas import fit
from photos.reading import read_photos

ROOT = Path(__file__).resolve().parents[1]
MIN_SCORE = 0.005  # of a box that counts for AP, as in detector.evaluate


def widened(photo: Photo, pixels: np.ndarray, shape: float = 1.5) -> tuple[Photo, np.ndarray]:
    """A photo with equal margins at its left and right, `shape` times as wide as high; a wider one stays as it is."""
    margin = max(0, round((shape * photo.height - photo.width) / 2))
    at_scale = round(margin * pixels.shape[1] / photo.width)
    wide = np.pad(pixels, [(0, 0), (at_scale, at_scale), (0, 0)], mode="edge")
    return replace(photo, width=photo.width + 2 * margin), wide


def detect(detector: Detector, table: Table, wide: bool) -> tuple[Table, list[float]]:
    """The detections in each photo, in pixels of the original photo; and the scale at which the network sees it."""
    rows, scales = [], []
    for read in read_photos(table.photos, []):
        given = [widened(photo, pixels) if wide else (photo, pixels) for _, photo, pixels in read]
        found = detector([photo for photo, _ in given], [pixels for _, pixels in given], MIN_SCORE)
        for (row, photo, _), (shown, pixels), garments in zip(read, given, found, strict=True):
            scales.append(fit(pixels, detector.input_size).shape[0] / photo.height)
            boxes = garments.boxes_xyxy - np.array([1, 0, 1, 0]) * (shown.width - photo.width) / 2
            for box, part, score in zip(boxes, garments.parts, garments.scores, strict=True):
                rows.append(dict(photo=row.photo, part=part, score=score, **dict(zip(BOX_COLUMNS, box, strict=True))))
    return Table.of(table.photos.to_dict("records"), rows, []), scales


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all

    parser = argparse.ArgumentParser(prog="python benchmarks/landscape.py", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="val", help="comma-separated (default: val)")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "detector")
    args = parser.parse_args(arguments)
    table, detector = read_all(args.data).in_splits(*args.splits.split(",")), Detector.load(args.model)
    for name, wide in (("as they are", False), ("widened to 3:2", True)):
        found, scales = detect(detector, table, wide)
        figures = detection_figures(table, found)
        by_part = ", ".join(f"{part} {figures[part]['AP']:.3f}" for part in ("upper", "lower", "full"))
        print(
            f"{name}: scaled to {np.mean(scales):.0%}, AP {figures['all']['AP']:.3f}, "
            f"AP50 {figures['all']['AP50']:.3f}; AP of {by_part}",
            flush=True,
        )


if __name__ == "__main__":
    main()
