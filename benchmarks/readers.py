"""Speed and memory of reading the largest data sets: python benchmarks/readers.py FOLDER [ROWS]

Writes DeepFashion (289,222 photos) and DeepFashion2 (191,961 files) with made-up annotations and tiny photos into
FOLDER, unless they are there, and prints seconds, photos per second and peak memory of reading each, in a separate
process.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from garments.vocabulary import taxonomy
from readers import read

PHOTOS = {"deepfashion": 289_222, "deepfashion2": 191_961}


def photos(root: Path, names: list[str]) -> None:
    """Save the same small photo under many names."""
    first = root / names[0]
    for folder in {(root / name).parent for name in names}:
        folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 90)).save(first)
    content = first.read_bytes()
    for name in names:
        (root / name).write_bytes(content)


def write_deepfashion(root: Path, count: int) -> None:
    """The coarse layout."""
    rng = np.random.default_rng(0)
    names = [f"img/Folder_{n // 60}/img_{n % 60:08d}.jpg" for n in range(count)]
    photos(root / "Img", names)
    labels = [f"{label} {('upper', 'lower', 'full').index(m.part) + 1}" for label, m in taxonomy("deepfashion").items()]
    lists = {
        "Anno_coarse/list_category_cloth.txt": labels,
        "Anno_coarse/list_category_img.txt": [
            f"{name} {n}" for name, n in zip(names, rng.integers(1, 51, count), strict=True)
        ],
        "Anno_coarse/list_bbox.txt": [f"{name} 003 004 050 080" for name in names],
        "Anno_coarse/list_landmarks.txt": [f"{name} 1 " + " 0 010 020" * 6 for name in names],
        "Eval/list_eval_partition.txt": [f"{name} {('train', 'val', 'test')[n % 3]}" for n, name in enumerate(names)],
    }
    for name, lines in lists.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("\n".join([str(len(lines)), "header", *lines]) + "\n", encoding="utf-8")


def write_deepfashion2(root: Path, count: int) -> None:
    """The training set: two garments per photo, with outlines and landmarks as long as in the real one."""
    photos(root, [f"train/image/{n:06d}.jpg" for n in range(1, count + 1)])
    (root / "train" / "annos").mkdir(parents=True, exist_ok=True)
    item = dict(segmentation=[list(range(120))], scale=2, viewpoint=2, zoom_in=1, landmarks=list(range(75)), style=1)
    item |= dict(bounding_box=[3, 4, 50, 80], category_id=1, occlusion=2, category_name="short sleeve top")
    for n in range(1, count + 1):
        data = dict(source="shop", pair_id=n // 4, item1=item, item2={**item, "category_id": 8})
        (root / "train" / "annos" / f"{n:06d}.json").write_text(json.dumps(data), encoding="utf-8")


def measure(source: str) -> None:
    """Read a data set and print the figures of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    count = len(read(source).photos)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{source.partition(':')[0]}: {count} photos in {wall:.1f} s, {cpu:.1f} s of them CPU; "
        f"{count / cpu:.0f} photos per CPU second; peak {peak:.2f} GB"
    )


def main(arguments: list[str] | None = None) -> None:
    """Write what is missing, read it, print the figures."""
    parser = argparse.ArgumentParser(prog="python benchmarks/readers.py", description=__doc__.partition(":")[0])
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder for the generated data sets")
    parser.add_argument("rows", type=int, nargs="?", default=10**9, metavar="ROWS", help="max photos per data set")
    args = parser.parse_args(arguments)
    fresh = multiprocessing.get_context("spawn")  # so that the peak memory is that of reading
    for name, write in (("deepfashion", write_deepfashion), ("deepfashion2", write_deepfashion2)):
        root = args.folder / name
        if not root.exists():
            write(root, min(args.rows, PHOTOS[name]))
        process = fresh.Process(target=measure, args=(f"{name}:{root}",))
        process.start()
        process.join()


if __name__ == "__main__":
    main()
