"""Photos and their records on disk, if asked for by --keep; without it nothing outlives its answer."""

import json
import secrets
from pathlib import Path

from pipeline.files import FOLDER, write_whole
from web.uploads import Upload


def keep(folder: Path, upload: Upload, record: dict) -> None:
    """Write a photo and its record under a random name; the name that its sender gave it is in the record alone.

    Args:
        folder: gets photos/NAME and records/NAME.json, each whole or not at all.
        upload: the photo.
        record: of the photo.
    """
    name = secrets.token_hex(16)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    write_whole(folder, folder / "photos" / name, upload.content())
    write_whole(folder, folder / "records" / f"{name}.json", json.dumps(record).encode())
