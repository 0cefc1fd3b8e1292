"""The flow from a folder of photos to tables, pictures and a page."""
