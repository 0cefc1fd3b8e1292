"""Finds the garments that look like a given one: an embedder of crops, and an index of embeddings."""
