"""The leaf every other package may import: types, vocabularies, boxes, photos, crops, COCO, drawing."""
