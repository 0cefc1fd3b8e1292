"""A photo with its garments drawn on it."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from garments.types import Garments, Photo

COLOURS = {"upper": (214, 64, 69), "lower": (36, 114, 196), "full": (22, 140, 90)}


def draw(photo: Photo, pixels: np.ndarray, garments: Garments, words: list[str]) -> Image.Image:
    """The photo at the scale of `pixels`, with boxes in the colours of parts, words above, and the landmarks seen.

    Args:
        photo: to whose size the boxes belong.
        pixels: (h, w, 3) uint8.
        garments: N of them.
        words: N texts.
    """
    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    scale = image.width / photo.width
    unit = max(1, round(max(image.size) / 280))
    font = ImageFont.load_default(size=max(10, 5 * unit))
    for points, part in zip(garments.seen_landmarks(), garments.parts, strict=True):
        for x, y in points * scale:
            spot = (x - 2 * unit, y - 2 * unit, x + 2 * unit, y + 2 * unit)
            pen.ellipse(spot, fill="white", outline=COLOURS[part], width=unit)
    for box, part, text in reversed(list(zip(garments.boxes_xyxy * scale, garments.parts, words, strict=True))):
        pen.rectangle(tuple(box), outline=COLOURS[part], width=unit)
        x, y = box[0], max(0.0, box[1])
        label = pen.textbbox((x + unit, y + unit), text, font=font)
        label = (label[0] - unit, label[1] - unit, label[2] + unit, label[3] + unit)
        pen.rectangle(label, fill=COLOURS[part])
        pen.text((x + unit, y + unit), text, fill="white", font=font)
    return image
