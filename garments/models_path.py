"""Where the shipped models lie: given, named by GARMENTS_MODELS, within the installed package, or in the checkout."""

import os
from pathlib import Path

VARIABLE = "GARMENTS_MODELS"
PACKAGE = Path(__file__).resolve().parent


def find_models(given: Path | None = None) -> Path:
    """The folder that holds a folder a model (detector/, img/, ...).

    The first of these: `given`; what the environment variable GARMENTS_MODELS names; the models that were installed
    with the package; models/ of the checkout. A folder that was asked for is never replaced by a later one.

    Raises:
        FileNotFoundError: the folder that was asked for does not exist, or there is none; names all that was tried.
    """
    tried = {}
    for source, folder in _places(given):
        if folder.is_dir():
            return folder
        tried[source] = folder
        if source in ("given", VARIABLE):
            break
    listed = ", ".join(f"{folder} ({source})" for source, folder in tried.items())
    raise FileNotFoundError(f"no folder of models: tried {listed}; give one by --models or by {VARIABLE}")


def _places(given: Path | None) -> list[tuple[str, Path]]:
    """(what named it, folder), in the order in which they count."""
    named = [("given", given)] if given is not None else []
    if variable := os.environ.get(VARIABLE):
        named.append((VARIABLE, Path(variable)))
    return [*named, ("installed with the package", PACKAGE / "models"), ("checkout", PACKAGE.parent / "models")]
