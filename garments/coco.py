"""COCO's format for detections: https://cocodataset.org/#format-data"""

from garments.vocabulary import PARTS

CATEGORIES = [{"id": number, "name": part, "supercategory": "garment"} for number, part in enumerate(PARTS, start=1)]
CATEGORY_ID = {category["name"]: category["id"] for category in CATEGORIES}


def coco_image(number: int, file_name: str, width: int, height: int) -> dict:
    """An entry of `images`."""
    return {"id": number, "file_name": file_name, "width": int(width), "height": int(height)}


def coco_annotation(number: int, image: int, part: str, box_xyxy, **more) -> dict:
    """An entry of `annotations`: the box as x, y, width, height; `more` holds score, attributes and the like."""
    x1, y1, x2, y2 = (float(v) for v in box_xyxy)
    box = [x1, y1, x2 - x1, y2 - y1]
    category = CATEGORY_ID[part]
    common = {"id": number, "image_id": image, "category_id": category, "bbox": box, "area": box[2] * box[3]}
    return {**common, "iscrowd": 0, **more}


def coco_dataset(images: list[dict], annotations: list[dict]) -> dict:
    """A data set of these images and annotations, with the parts as categories."""
    return {"info": {"description": "garments"}, "images": images, "annotations": annotations, "categories": CATEGORIES}
