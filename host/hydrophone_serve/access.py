"""Access control: who may ask the server, by address, host name, origin and token.

Without a token the server listens on the loopback alone, and answers only requests that name a
loopback host: a page of the web, whose name somebody lets lead to 127.0.0.1, is refused.
"""

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OPEN = ("/healthz", "/readyz")
"""Paths that need no token: they say nothing of the market."""


def is_loopback(host: str) -> bool:
    """Whether an address or a host name is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Access:
    """What requests are held against.

    Attributes:
        host: Address that the server listens on.
        token: What requests must carry, as ``Authorization: Bearer TOKEN``, or of a page's
            WebSocket as its subprotocol ``token.TOKEN``; None on the loopback.
    """

    host: str
    token: str | None

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuses who may not ask."""
        name = urlsplit(f"//{request.host}").hostname or ""
        if self.token is None and not is_loopback(name):
            raise web.HTTPForbidden(text="this server answers to names of this machine alone\n")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="a page of another origin may not ask\n")
        if request.path not in OPEN and not request.path.startswith("/static/"):
            self._check_token(request)
        return await handler(request)

    def _check_token(self, request: web.Request) -> None:
        if self.token is None or request.path == "/":
            return  # the page itself shows nothing; it asks for the token
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            given = next((p[6:] for p in subprotocols(request) if p.startswith("token.")), "")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            raise web.HTTPUnauthorized(
                text="give the token as Authorization: Bearer TOKEN\n",
                headers={"WWW-Authenticate": "Bearer"},
            )


def subprotocols(request: web.Request) -> list[str]:
    """What a WebSocket offers to speak."""
    return [part.strip() for part in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
