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
    """Load the models once; the pipeline that comes back takes photos and gives their garments.

    Args:
        models: folder of the exported models. By default the one that the environment variable GARMENTS_MODELS names,
            else those installed with the package, else models/ of the checkout.
        settings: those of `pipeline.models.Pipeline.load`: min_score, landmarks, batch, classifier.

    Returns:
        A `pipeline.models.Pipeline`: `found = pipeline("photo.jpg")`, with found.to_frame(), found.plot(),
        found.save(path) and found[found.scores > 0.5].

    Raises:
        FileNotFoundError: there is no folder of models; names all that was tried.
        CannotRun: a model is missing in it, or is not as it was exported.
    """
    from pathlib import Path

    from garments.models_path import find_models
    from pipeline.models import Pipeline

    return Pipeline.load(find_models(None if models is None else Path(models)), **settings)
