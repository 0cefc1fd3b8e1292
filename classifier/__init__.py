"""Stage 2: Keras ResNet50 models that look at one garment at a time."""
