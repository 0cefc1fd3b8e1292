"""The leaf that every other room may import: types, boxes, masks, vocabularies, landmarks, COCO, storage, splits."""
