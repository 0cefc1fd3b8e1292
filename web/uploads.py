"""The photos of a request: received within limits, decoded, and shown again as a small JPEG."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from photos.reading import photo_name, small_jpeg
from pipeline.reading import Read, read_content

FIELD = "photo"
PHOTOS = 8  # of a request
SECONDS = 120  # in which a request must have come whole
SHOWN_SIDE = 1000  # pixels
SCHEMA = {  # of the body, for OpenAPI
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [FIELD],
                "properties": {
                    FIELD: {"type": "array", "maxItems": PHOTOS, "items": {"type": "string", "format": "binary"}}
                },
            }
        }
    },
}


class Upload(NamedTuple):
    """A photo as it came: its name, without folders, and the nameless file that holds it."""

    name: str
    file: BinaryIO

    def content(self) -> bytes:
        """Its bytes."""
        self.file.seek(0)
        return self.file.read()

    def read(self) -> Read:
        """The photo with its pixels, or why it cannot be used."""
        return read_content(self.content(), self.name)


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[list[Upload]]:
    """The photos of a multipart request; they are gone at the end of the context.

    Nothing but files is taken, so no address of one either.

    Raises:
        HTTPException: there are none or too many, they are too large or come too slowly, or are no files.
    """
    form = await _form(request)
    try:
        files = [file for file in form.getlist(FIELD) if isinstance(file, UploadFile) and file.filename]
        if not files:
            raise HTTPException(400, f"expected one to {PHOTOS} files, each called {FIELD!r}")
        yield [Upload(photo_name(Path(file.filename or ""), None), file.file) for file in files]
    finally:
        await form.close()


async def _form(request: Request) -> FormData:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(415, "expected multipart/form-data")
    try:
        async with asyncio.timeout(SECONDS):
            return await request.form(max_files=PHOTOS, max_fields=0)
    except ClientDisconnect as error:
        raise HTTPException(400, "the request ended early") from error
    except TimeoutError as error:
        raise HTTPException(408, f"a request must have come whole in {SECONDS} s") from error


def shown(read: Read) -> str:
    """The upright photo as the address of a JPEG within the page; '' for a file that cannot be used."""
    if read.pixels is None:
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(small_jpeg(read.pixels, SHOWN_SIDE, quality=82)).decode()
