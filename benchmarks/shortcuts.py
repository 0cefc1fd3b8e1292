"""The cost of batches: python benchmarks/shortcuts.py --data ccp:PATH [--splits val] [--models models]

Compares the shipped settings with one photo, one crop at a time: AP of the detector, and the share of detected garments
with the same predicted category.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from classifier.predict import Classifier
from detector.predict import Detector
from engine.load import load
from garments.boxes import iou
from garments.types import BOX_COLUMNS, Garments, Table
from metrics.detection import detection_figures
from photos.reading import read_photos
from pipeline.decision import decide_parts, places
from pipeline.model_folders import ModelFolders
from pipeline.models import MIN_SCORE, WEAK, Pipeline

ROOT = Path(__file__).resolve().parents[1]
AP_MIN_SCORE = 0.005  # of a box that counts for AP, as in detector.evaluate
SAME = 0.5  # min IoU of two boxes of one garment


def plain(folders: ModelFolders) -> tuple[Detector, list[Classifier]]:
    """The models, each for one crop at a time."""
    runs = [load(folders.crop_models[name]) for name in folders.classifiers]
    return Detector.load(folders.detector), [Classifier(run, run.settings, batch=1) for run in runs]


def analyse(
    detector: Detector, crop_models: list, table: Table, batch: int, answering: str, pipeline: Pipeline | None = None
) -> tuple[list[Garments], list[Garments]]:
    """For each photo all boxes, for AP, and the garments with categories; by the pipeline, if given.

    Args: answering: the classifier that decides on parts.
    """
    boxes: list[Garments] = []
    named: list[Garments] = []
    for read in read_photos(table.photos, [], batch):
        photos, pixels = [photo for _, photo, _ in read], [image for *_, image in read]
        boxes += detector(photos, pixels, AP_MIN_SCORE)
        if pipeline:
            named += pipeline.predict(photos, pixels)
            continue
        found = [places(garments, MIN_SCORE) for garments in detector(photos, pixels, WEAK)]
        for model in crop_models:
            found = model(photos, pixels, found)
        named += [decide_parts(garments, answering) for garments in found]
    return boxes, named


def ap(table: Table, boxes: list[Garments]) -> float:
    """COCO's AP of the boxes of each photo of the table."""
    rows = [
        dict(photo=name, part=part, score=score, **dict(zip(BOX_COLUMNS, box, strict=True)))
        for name, found in zip(table.photos["photo"], boxes, strict=True)
        for box, part, score in zip(found.boxes_xyxy, found.parts, found.scores, strict=True)
    ]
    return detection_figures(table, Table.of(table.photos.to_dict("records"), rows, []))["all"]["AP"]


def agreement(one: list[Garments], other: list[Garments]) -> dict[str, tuple[int, int]]:
    """{'found by both' or a classifier: (garments that agree, garments)} for the same photos."""
    same, total, alike = 0, 0, {name: 0 for name in one[0].categories}
    for a, b in zip(one, other, strict=True):
        total += len(a)
        overlaps = iou(a.boxes_xyxy, b.boxes_xyxy) * (a.parts[:, None] == b.parts[None])
        for n in range(len(a)):
            if len(b) and overlaps[n].max() > SAME:
                same += 1
                m = overlaps[n].argmax()
                for name in alike:
                    alike[name] += int(a.categories[name][n].argmax() == b.categories[name][m].argmax())
    return {"found by both": (same, total), **{name: (count, same) for name, count in alike.items()}}


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    from readers import read_all

    parser = argparse.ArgumentParser(prog="python benchmarks/shortcuts.py", description=__doc__.partition(":")[0])
    parser.add_argument("--data", action="append", required=True, metavar="NAME:PATH", help="a data set; repeatable")
    parser.add_argument("--splits", default="val", help="comma-separated (default: val)")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--limit", type=int, help="max number of photos")
    args = parser.parse_args(arguments)
    table = read_all(args.data).in_splits(*args.splits.split(","))
    table = table.keep(table.photos.index < (args.limit or len(table.photos)))
    folders = ModelFolders.find(args.models, landmarks=False)
    slow = analyse(*plain(folders), table, 1, folders.answering())
    pipeline = Pipeline.load(args.models, landmarks=False)
    fast = analyse(pipeline.detector, [], table, pipeline.batch, pipeline.classifier, pipeline)
    print(f"AP {ap(table, slow[0]):.4f} in float32, one by one; {ap(table, fast[0]):.4f} as shipped")
    for name, (count, of) in agreement(slow[1], fast[1]).items():
        print(f"{name}: {count} of {of} garments, {count / max(1, of):.2%}")


if __name__ == "__main__":
    main()
