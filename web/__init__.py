"""The pipeline in a browser: a page to drop photos on, and a JSON API. python -m web starts it."""
