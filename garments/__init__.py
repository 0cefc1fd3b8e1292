"""The garments of photos: import garments; pipeline = garments.load(); found = pipeline("photo.jpg").

This package is the leaf that every other room may import: types, boxes, masks, vocabularies, landmarks, COCO, storage,
splits.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.models import Pipeline

__version__ = "1.0.0"


def load(models: "str | Path | None" = None, **settings: Any) -> "Pipeline":
    """Load the models once; the returned pipeline takes photos and gives their garments.

    Args:
        models: folder of the exported models. By default the one that the environment variable GARMENTS_MODELS names,
            else the models installed with the package, else models/ of the checkout.
        settings: arguments of `pipeline.models.Pipeline.load`: min_score, landmarks, batch, classifier.

    Returns:
        A `pipeline.models.Pipeline`: `found = pipeline("photo.jpg")`, with found.to_frame(), found.plot(),
        found.save(path) and found[found.scores > 0.5].

    Raises:
        FileNotFoundError: there is no folder of models; the message lists all that were tried.
        CannotRun: a model is missing or was changed after its export.
    """
    from pathlib import Path

    from garments.models_path import find_models
    from pipeline.models import Pipeline

    return Pipeline.load(find_models(None if models is None else Path(models)), **settings)
