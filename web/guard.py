"""What every request passes before the application: the host it names, its site, its token, its size.

Every response gets headers by which a browser runs no script and loads nothing but what this server sends.
"""

import base64
import secrets
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BYTES = 64_000_000  # of a request
MIN_TOKEN = 16  # characters
SAFE_METHODS = {"GET", "HEAD"}
OPEN = {"/health", "/ready"}  # without a token
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Rules:
    """Who may ask, and how much.

    Attributes:
        local: whether only names of this machine are answered as host; keeps out pages whose name leads here
            (DNS rebinding).
        token: asked for as bearer, or as the password of HTTP Basic, which browsers ask their user for; '' for none.
        max_bytes: of a request.
    """

    local: bool = True
    token: str = ""
    max_bytes: int = MAX_BYTES


class Guard:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, rules: Rules):
        """Args: app: what is guarded; rules: see Rules."""
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refusal, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = refused(scope, Headers(scope=scope), self._rules)
        app = refusal or self._app
        await app(scope, limited(receive, self._rules.max_bytes), with_headers(send))


def refused(scope: Scope, headers: Headers, rules: Rules) -> Response | None:
    """Why a request is not answered; None if it is."""
    if rules.local and not is_loopback(host_name(headers.get("host", ""))):
        return _refusal(421, "this server is asked for by the name localhost")
    if scope["method"] not in SAFE_METHODS and not same_site(headers):
        return _refusal(403, "a page of another site may not send here")
    is_open = not rules.token or scope["path"] in OPEN
    if not is_open and not secrets.compare_digest(token_of(headers), rules.token.encode()):
        challenge = {"WWW-Authenticate": 'Basic realm="garments", charset="UTF-8"'}
        return _refusal(401, "expected the token, as bearer or as the password of any user", challenge)
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > rules.max_bytes:
        return _refusal(413, too_large(rules.max_bytes))
    return None


def _refusal(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"detail": why}, status, headers)


def too_large(max_bytes: int) -> str:
    """The words for a request beyond the limit."""
    return f"a request has at most {max_bytes / 1e6:g} MB; send fewer photos, or smaller ones"


def same_site(headers: Headers) -> bool:
    """Whether a request comes from a page of this server, or from no page."""
    if "sec-fetch-site" in headers:
        return headers["sec-fetch-site"] in ("same-origin", "none")
    return "origin" not in headers or headers["origin"].partition("://")[2] == headers.get("host")


def token_of(headers: Headers) -> bytes:
    """The token that a request brings; empty if it brings none."""
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip().encode()
    try:
        return base64.b64decode(value, validate=True).partition(b":")[2] if kind.lower() == "basic" else b""
    except ValueError:
        return b""


def host_name(host: str) -> str:
    """The name or address in a Host header, without its port; '' if there is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a name or address is that of this machine, for programs on it alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def limited(receive: Receive, max_bytes: int) -> Receive:
    """`receive` that stops once a body is larger than it may be, whatever its headers say."""
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise HTTPException(413, too_large(max_bytes))
        return message

    return counted


def with_headers(send: Send) -> Send:
    """`send` that adds HEADERS to a response."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sent
