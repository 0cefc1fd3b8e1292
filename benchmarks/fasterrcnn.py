"""photos/s of torchvision's fasterrcnn_resnet50_fpn: python benchmarks/fasterrcnn.py CORES PHOTO...

Needs benchmarks/requirements.txt. Default settings, one photo at a time, decoded before. The weights are random: that
changes what it finds, not the convolutions and the 1,000 proposals a photo, which take the time.
"""

import sys
import time

import numpy as np
import torch
from PIL import Image
from torchvision.models.detection import fasterrcnn_resnet50_fpn


def photos_per_second(paths: list[str], cores: int) -> float:
    """Of all photos but the first, which warms up."""
    torch.set_num_threads(cores)
    model = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None).eval()
    photos = [torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1) / 255 for path in paths]
    with torch.inference_mode():
        model(photos[:1])
        start = time.perf_counter()
        for photo in photos[1:]:
            model([photo])
    return (len(photos) - 1) / (time.perf_counter() - start)


if __name__ == "__main__":
    print(photos_per_second(sys.argv[2:], int(sys.argv[1])))
