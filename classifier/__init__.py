"""Stage 2: Keras models that classify one garment crop at a time, or find its landmarks."""
