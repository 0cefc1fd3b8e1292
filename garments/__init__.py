"""The leaf that every other room may import: types, boxes, masks, vocabularies, landmarks, COCO, storage, splits."""

__version__ = "1.0.0"
