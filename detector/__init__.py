"""Stage 1: a Model Garden Faster R-CNN that finds garments as upper, lower or full."""
