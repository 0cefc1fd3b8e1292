"""Where the models lie: given, named by GARMENTS_MODELS, installed with the package, or in the checkout."""

import os
from pathlib import Path

VARIABLE = "GARMENTS_MODELS"
PACKAGE = Path(__file__).resolve().parent


def find_models(given: Path | None = None) -> Path:
    """The folder that holds one folder a model (detector/, img/, ...).

    The given folder, else the one that the environment variable GARMENTS_MODELS names, else the models installed with
    the package, else models/ of the checkout.

    Raises:
        FileNotFoundError: there is no such folder; the message lists all that were tried.
    """
    tried = _asked_for(given) or {"installed": PACKAGE / "models", "checkout": PACKAGE.parent / "models"}
    found = [folder for folder in tried.values() if folder.is_dir()]
    if not found:
        listed = ", ".join(f"{folder} ({source})" for source, folder in tried.items())
        raise FileNotFoundError(f"no folder of models: tried {listed}; give one by --models or by {VARIABLE}")
    return found[0]


def _asked_for(given: Path | None) -> dict[str, Path]:
    """{source: folder}; empty if none was asked for. It has no fallback: that would hide a mistake."""
    if given is not None:
        return {"given": given}
    return {VARIABLE: Path(os.environ[VARIABLE])} if os.environ.get(VARIABLE) else {}
