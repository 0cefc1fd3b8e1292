"""Drawn shapes of plain colours with their label maps, in the layout of `labelmaps`: what any network can learn."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from samples.layouts import HEIGHT, OWN, WIDTH, Sample, photo, text

LABELS = ("background", "skirt", "tee", "bag")
COLOURS = ((205, 205, 200), (200, 40, 60), (40, 90, 200), (40, 150, 70))


def write_shapes(root: Path, photos: int = 24, size: tuple[int, int] = (64, 64), val: int = 4) -> Path:
    """Write photos with two or three shapes each: a red rectangle, a blue ellipse, a green triangle.

    Args:
        root: the folder to write.
        photos: how many of split train.
        size: (width, height) in pixels.
        val: how many of split val.
    """
    rows = [f"{number},{label}" for number, label in enumerate(LABELS)]
    for split, count in (("train", photos), ("val", val)):
        for folder in ("photos", "maps"):
            (root / folder / split).mkdir(parents=True)
        for number in range(count):
            pixels, label_map = draw_shapes(number + 1000 * (split == "val"), size)
            Image.fromarray(pixels).save(root / "photos" / split / f"{number}.png")
            Image.fromarray(label_map).save(root / "maps" / split / f"{number}.png")
    (root / "labels.csv").write_text("\n".join(["number,label", *rows]) + "\n", encoding="utf-8")
    return root


def labelmaps(root: Path, found: list[Sample], end: str = "\n") -> list[Path]:
    """The samples of `samples.layouts` with a label map each; returns the photos."""
    text(root / "labels.csv", ["number,label", "0,background", *(f"{n},{name}" for n, name in enumerate(OWN, 1))], end)
    for s in found:
        label_map = np.zeros((HEIGHT, WIDTH), np.uint8)
        label_map[s.box[1] : s.box[3], s.box[0] : s.box[2]] = s.kind + 1
        file = root / "maps" / s.split / f"{s.number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(label_map).save(file)
    return [photo(root / "photos" / s.split / f"{s.number}.png", s) for s in found]


def export_by_colour(folder: Path) -> Path:
    """Write a network that says the class whose colour is nearest, at stride 4, as `segmenter.export` writes one."""
    import tensorflow as tf

    from engine.export import freeze

    def segment(image: tf.Tensor) -> dict[str, tf.Tensor]:
        small = tf.nn.avg_pool2d(tf.cast(image, tf.float32), 4, 4, "VALID")
        far = tf.reduce_sum(tf.abs(small[..., None, :] - tf.constant(COLOURS, tf.float32)), -1)
        return {"classes": tf.nn.softmax(-far / 20)}

    signature = [tf.TensorSpec([None, None, None, 3], tf.uint8, "image")]
    freeze(segment, signature, folder, dict(model="unet", space="categories", classes=LABELS, height=64, width=64))
    return folder


def draw_shapes(seed: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(pixels (h, w, 3), label map (h, w)), both uint8, of a photo of (width, height)."""
    rng = np.random.default_rng(seed)
    image = Image.new("L", size)
    pen = ImageDraw.Draw(image)
    for label in rng.permutation([1, 2, 3])[: rng.integers(2, 4)]:
        extent = rng.uniform(0.3, 0.55, 2) * size
        x1, y1 = rng.uniform(0, 1, 2) * (size - extent)
        x2, y2 = x1 + extent[0], y1 + extent[1]
        if label == 1:
            pen.rectangle((x1, y1, x2, y2), fill=1)
        elif label == 2:
            pen.ellipse((x1, y1, x2, y2), fill=2)
        else:
            pen.polygon([(x1, y2), ((x1 + x2) / 2, y1), (x2, y2)], fill=3)
    label_map = np.asarray(image)
    noise = rng.integers(-12, 12, (*label_map.shape, 3))
    return (np.array(COLOURS)[label_map] + noise).clip(0, 255).astype(np.uint8), label_map
