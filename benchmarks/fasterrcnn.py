"""photos/s of torchvision's fasterrcnn_resnet50_fpn: python benchmarks/fasterrcnn.py CORES PHOTO...

Needs benchmarks/requirements.txt. Default settings, one photo at a time, decoded before. The weights are random: that
changes the detections, but not the convolutions and the 1,000 proposals per photo, which take the time.
"""

import argparse
import time

import numpy as np
from PIL import Image


def photos_per_second(paths: list[str], cores: int) -> float:
    """The speed on all photos but the first, which is the warm-up."""
    import torch
    from torchvision.models.detection import fasterrcnn_resnet50_fpn

    torch.set_num_threads(cores)
    model = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None).eval()
    photos = [torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1) / 255 for path in paths]
    with torch.inference_mode():
        model(photos[:1])
        start = time.perf_counter()
        for photo in photos[1:]:
            model([photo])
    return (len(photos) - 1) / (time.perf_counter() - start)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python benchmarks/fasterrcnn.py", description=__doc__.partition(":")[0])
    parser.add_argument("cores", type=int, metavar="CORES", help="threads")
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="two or more photos")
    args = parser.parse_args(arguments)
    print(photos_per_second(args.photos, args.cores))


if __name__ == "__main__":
    main()
