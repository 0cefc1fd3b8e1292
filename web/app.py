"""The application: the page, the JSON API, and routes that tell how the server is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles

from garments import __version__
from garments.coco import coco_text
from photos.files import PhotoError
from pipeline.reading import THREADS, Read
from web import corrections, pages, uploads
from web.batcher import Batcher, Full
from web.boutique import ADDRESS, Boutique
from web.guard import Guard, Rules
from web.keep import keep
from web.schema import Problem, record_model

STATIC = Path(__file__).with_name("static")
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
    "4XX": {"model": Problem, "description": "there is none"},
}
Result = TypeVar("Result")
router = APIRouter()


class Analyser:
    """Answers requests with photos: receives and decodes them, and has them analysed.

    Attributes:
        batcher: of all requests.
        pool: threads that decode and encode photos.
        kept: the folder of --keep, or None.
    """

    def __init__(self, batcher: Batcher, kept: Path | None):
        """Args: see the attributes."""
        self.batcher, self.kept = batcher, kept
        self.pool = ThreadPoolExecutor(THREADS, "photos")

    async def __call__(self, request: Request) -> list[tuple[Read, dict]]:
        """The photos of a request with their records, in order.

        Raises:
            Full: there is no place for so many photos.
            HTTPException: the request is not as it should be; see `uploads.received`.
        """
        with self.batcher.places(1):
            async with uploads.received(request) as photos:
                with self.batcher.places(len(photos) - 1):
                    reads = await asyncio.gather(*(self.in_pool(photo.read) for photo in photos))
                    records = await self.batcher.records(reads)
                if self.kept:
                    for photo, record in zip(photos, records, strict=True):
                        await self.in_pool(keep, self.kept, photo, record)
        return list(zip(reads, records, strict=True))

    def in_pool(self, function: Callable[..., Result], *args: object) -> "asyncio.Future[Result]":
        """A function, called in one of the threads."""
        return asyncio.get_running_loop().run_in_executor(self.pool, function, *args)


def create_app(
    batcher: Batcher,
    classifiers: Sequence[str],
    rules: Rules,
    kept: Path | None = None,
    failed: Callable[[BaseException], None] | None = None,
    boutique: Boutique | None = None,
) -> Guard:
    """The application, guarded.

    Args:
        batcher: runs as long as the application.
        classifiers: those that run.
        rules: who may ask, and how much.
        kept: where to keep photos and records; None keeps nothing.
        failed: called if the models cannot be loaded.
        boutique: the index whose items the batcher's records hold, if any.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        def ended(task: asyncio.Task) -> None:
            if failed and not task.cancelled() and (error := task.exception()):
                failed(error)

        running = asyncio.create_task(batcher.run())
        running.add_done_callback(ended)
        yield
        running.cancel()
        await asyncio.wait([running])

    app = FastAPI(title="Garments", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.analyser, app.state.cards = Analyser(batcher, kept), pages.Cards(classifiers)
    app.state.page = partial(pages.page, max_bytes=rules.max_bytes, kept=kept is not None)
    app.add_exception_handler(Full, _full)
    app.include_router(router)
    app.add_api_route(
        "/api/photos",
        photos_of_api,
        methods=["POST"],
        response_model=list[record_model(classifiers, boutique.kinds if boutique else ())],  # type: ignore[misc]
        response_model_exclude_unset=True,
        responses={status: {"model": Problem} for status in (400, 408, 413, 415, 429)},
        openapi_extra={"requestBody": uploads.SCHEMA},
    )
    if boutique:
        app.state.boutique = boutique
        app.add_api_route(f"{ADDRESS}{{garment}}", picture, response_class=Response, responses=PICTURE)
    app.mount("/static", StaticFiles(directory=STATIC))
    return Guard(app, rules)


async def photos_of_api(request: Request) -> list[dict]:
    """Find the garments of one to eight photos; the answer has a record for each, in their order."""
    return [record for _, record in await request.app.state.analyser(request)]


async def picture(request: Request, garment: str) -> Response:
    """The picture of a garment of the index, at the address that an item of it gives."""
    boutique = request.app.state.boutique
    number = int(garment) if garment.isascii() and garment.isdecimal() and len(garment) < 19 else 0
    try:
        content = await asyncio.get_running_loop().run_in_executor(boutique.pool, boutique.picture, number)
    except (KeyError, PhotoError) as error:
        raise HTTPException(404, "the index has no such garment, or no longer its photo") from error
    return Response(content, media_type="image/jpeg")


@router.get("/", include_in_schema=False)
async def page(request: Request) -> HTMLResponse:
    """The page, without a photo."""
    return HTMLResponse(request.app.state.page(""))


@router.post("/photos", include_in_schema=False)
async def photos(request: Request) -> HTMLResponse:
    """Photos as parts of the page; as the whole page to a browser that runs no scripts."""
    analyser, cards = request.app.state.analyser, request.app.state.cards
    found = await analyser(request)
    pictures = await asyncio.gather(*(analyser.in_pool(uploads.shown, read) for read, _ in found))
    html = "".join(cards.html(record, picture) for (_, record), picture in zip(found, pictures, strict=True))
    whole = "hx-request" not in request.headers
    return HTMLResponse(request.app.state.page(html) if whole else html)


@router.get("/state", include_in_schema=False)
async def state(request: Request) -> PlainTextResponse:
    """In words: what one who waits is waiting for."""
    batcher = request.app.state.analyser.batcher
    if batcher.pipeline is None:
        return PlainTextResponse("The models are loading.")
    return PlainTextResponse(f"{batcher.taken} in work, about {max(1, round(batcher.seconds_to_wait()))} s.")


@router.post("/corrections", include_in_schema=False)
async def corrected(request: Request) -> Response:
    """The garments as they are on the page now, as a file."""
    async with request.form(max_files=0, max_fields=corrections.MAX_FIELDS) as form:
        try:
            table = corrections.as_table(form)
            if form.get("format") == "csv":
                return _file(corrections.csv_text(table, str(form.get("dataset"))), "corrections.csv", "text/csv")
            return _file(coco_text(table), "corrections.json", "application/json")
        except ValueError as error:
            raise HTTPException(400, str(error)) from error


@router.get("/api", include_in_schema=False)
async def reference(request: Request) -> HTMLResponse:
    """The page on the JSON API, written from /openapi.json."""
    return HTMLResponse(pages.reference(request.app.openapi()))


@router.get("/health")
async def health() -> dict[str, str]:
    """Whether the server runs."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"model": Problem}})
async def ready(request: Request) -> dict[str, str]:
    """Whether the models are loaded; until then photos wait."""
    if request.app.state.analyser.batcher.pipeline is None:
        raise HTTPException(503, "the models are loading")
    return {"status": "ok"}


def _file(text: str, name: str, media_type: str) -> Response:
    return Response(text, media_type=media_type, headers={"Content-Disposition": f"attachment; filename={name}"})


async def _full(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Full)
    return JSONResponse({"detail": str(error)}, 429, {"Retry-After": str(error.seconds)})
