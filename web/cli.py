"""The command line of the server: who may ask, which models, until it is stopped."""

import argparse
import os
import signal
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import uvicorn

from garments.command import command
from garments.models_path import find_models
from pipeline.journal import CannotRun
from pipeline.model_folders import ModelFolders
from pipeline.models import MIN_SCORE, Pipeline
from web.app import create_app
from web.batcher import PLACES, Batcher
from web.boutique import Boutique
from web.guard import MAX_BYTES, MIN_TOKEN, Rules, is_loopback
from web.uploads import PHOTOS

TOKEN = "GARMENTS_TOKEN"  # an environment variable
GRACE = 30  # seconds in which requests in work are answered when the server is stopped
CONNECTIONS = 1000


@command
def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; exit status 0 stopped, 2 could not start."""
    args = parser().parse_args(arguments)
    if args.places < PHOTOS:
        raise ValueError(f"--places {args.places}: expected {PHOTOS} or more, as a request may have so many photos")
    if args.embedder and not args.index:
        raise ValueError("--embedder is used with --index alone; give that too")
    rules = rules_of(args)
    try:
        models = find_models(args.models)
        folders = ModelFolders.find(models)
        classifier = folders.answering(args.classifier)
    except CannotRun as error:
        raise ValueError(str(error)) from error
    load = partial(Pipeline.load, models, args.min_score, classifier=classifier)
    boutique = Boutique(args.index, models, args.embedder) if args.index else None
    batcher = Batcher(load, args.places)
    if boutique:
        batcher = Batcher(partial(boutique.load, load), args.places, boutique.records)
    print(f"http://{args.host}:{args.port}", flush=True)
    return serve(batcher, folders.classifiers, rules, args, boutique)


def rules_of(args: argparse.Namespace) -> Rules:
    """Who may ask.

    Raises:
        ValueError: anyone on the network could, or the token is too short to be one.
    """
    token = args.token_file.read_text(encoding="utf-8").strip() if args.token_file else os.environ.get(TOKEN)
    if token is not None and len(token) < MIN_TOKEN:
        raise ValueError(f"the token has {len(token)} characters, expected {MIN_TOKEN} or more")
    if not is_loopback(args.host) and not token and not args.behind_proxy:
        raise ValueError(
            f"--host {args.host} lets others on the network ask: give a token by --token-file or {TOKEN}, or say "
            "--behind-proxy if a proxy before it knows its users"
        )
    return Rules(is_loopback(args.host) and not args.behind_proxy, token or "", int(args.max_megabytes * 1e6))


def serve(
    batcher: Batcher, classifiers: Iterable[str], rules: Rules, args: argparse.Namespace, boutique: Boutique | None
) -> int:
    """Run the server until a signal stops it, or its models cannot be loaded; returns the exit status."""
    failures: list[BaseException] = []

    def failed(error: BaseException) -> None:
        failures.append(error)
        server.should_exit = True

    app = create_app(batcher, tuple(classifiers), rules, args.keep, failed, boutique)
    config = uvicorn.Config(
        app,
        args.host,
        args.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(config)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # uvicorn's own handlers stop it, then call these
    server.run()
    for error in failures:
        print(f"error: {error}", file=sys.stderr)
    return 2 if failures or not server.started else 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m web", description="Serve the pipeline to browsers and programs.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine alone)")
    parser.add_argument("--port", type=int, default=8000, help="(default: %(default)s)")
    parser.add_argument(
        "--models", type=Path, help="folder of the exported models (default: $GARMENTS_MODELS, else the shipped ones)"
    )
    parser.add_argument(
        "--min-score", type=float, default=MIN_SCORE, help="min score of a garment, 0 to 1 (default: %(default)s)"
    )
    parser.add_argument("--classifier", help="whose category is the answer (default: as of the pipeline)")
    parser.add_argument(
        "--index", type=Path, help="of retriever.index: garments get similar and, with compatibility/, matching items"
    )
    parser.add_argument("--embedder", type=Path, help="that made the index (default: embedder/ among the models)")
    parser.add_argument(
        "--token-file", type=Path, help=f"file with the token that is asked for (default: that in ${TOKEN}, else none)"
    )
    parser.add_argument(
        "--behind-proxy", action="store_true", help="a proxy asks who it is: any host name is answered, without a token"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep photos and records there (default: keep nothing)"
    )
    parser.add_argument(
        "--places",
        type=int,
        default=PLACES,
        help="photos in work at once, others get status 429 (default: %(default)s)",
    )
    parser.add_argument(
        "--max-megabytes", type=float, default=MAX_BYTES / 1e6, help="of a request (default: %(default)g)"
    )
    return parser
