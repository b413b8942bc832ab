"""Server: the web application of a run in a thread of its own, beside the thread that runs."""

import asyncio
import json
import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from types import TracebackType
from typing import Self

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError

from hydrophone_model.errors import HydrophoneError
from hydrophone_model.histogram import PS_PER_NS, upper_bounds
from hydrophone_serve.access import Access, subprotocols
from hydrophone_serve.hub import AlertHub, Chunk
from hydrophone_serve.metrics import Shown, exposition
from hydrophone_serve.schema import SCHEMA

MOST_SUBSCRIBERS = 4096
_LARGEST_MESSAGE = 4096
"""Bytes that a subscriber may send: it has nothing to say."""
_HEARTBEAT = 20.0
_BOUNDS = upper_bounds()
_PATIENCE = 10.0
"""Seconds that a subscriber who takes nothing keeps its connection."""
_CONTENT = {"page.html": "text/html", "page.js": "text/javascript", "page.css": "text/css"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class ServeError(HydrophoneError):
    """An address that the server cannot have; the message names it and the remedy."""


def _logger() -> logging.Logger:
    """Where faults of the server go; what is no HTTP at all is answered, and not worth a line."""

    def is_fault(record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        return kind is None or not issubclass(kind, HttpProcessingError)

    logger = logging.getLogger("hydrophone.serve.http")
    logger.filters.clear()
    logger.addFilter(is_fault)
    return logger


def message(chunk: Chunk, *, ended: bool) -> str:
    """Alerts as `hydrophone_serve.schema.MESSAGE`."""
    head = f'"first":{chunk.first},"next":{chunk.after},"missed":{chunk.missed}'
    return f'{{{head},"ended":{json.dumps(ended)},"alerts":[{",".join(chunk.alerts)}]}}'


class Server:
    """Serves a run while it goes on, and until it is closed.

    Args:
        access: Where it listens, and who may ask.
        port: Port; 0 for any that is free.
        telemetry: Of the run.
        hub: Of its alerts.

    Attributes:
        port: Where it listens, once it is open.
    """

    def __init__(self, access: Access, port: int, telemetry: Shown, hub: AlertHub) -> None:
        self.port = port
        self._access, self._telemetry, self._hub = access, telemetry, hub
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._begun = threading.Event()
        self._error: OSError | None = None
        self._sockets = set[web.WebSocketResponse]()
        self._thread = threading.Thread(target=self._run, name="serve", daemon=True)

    def open(self) -> None:
        """Listens.

        Raises:
            ServeError: The address is taken, or no address of this machine.
        """
        self._thread.start()
        self._begun.wait()
        if self._error is not None:
            error, host = self._error, self._access.host
            raise ServeError(
                f"cannot serve on {host} port {self.port}: {error.strerror or error}: name another "
                "with --host and --port"
            )

    def close(self) -> None:
        """Lets subscribers go and ends; closing twice is allowed."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._begun.set()
            self._loop.close()

    async def _serve(self) -> None:
        self._hub.attach()
        runner = web.AppRunner(
            self._application(), access_log=None, shutdown_timeout=2.0, logger=_logger()
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, self._access.host, self.port)
            await site.start()
            self.port = runner.addresses[0][1]
        except OSError as error:
            self._error = error
        else:
            self._begun.set()
            await self._stop.wait()
            going = [
                socket.close(code=WSCloseCode.GOING_AWAY, message=b"the server ends")
                for socket in self._sockets
            ]
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*going, return_exceptions=True), 2.0)
        finally:
            await runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(
            middlewares=[self._access.middleware], client_max_size=_LARGEST_MESSAGE
        )
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/static/{name}", self._page),
                web.get("/alerts", self._alerts),
                web.get("/snapshots", self._snapshots),
                web.get("/metrics", self._metrics),
                web.get("/healthz", self._health),
                web.get("/readyz", self._ready),
                web.get("/schema", self._schema),
            ]
        )
        return application

    async def _page(self, request: web.Request) -> web.Response:
        return _static(request.match_info.get("name", "page.html"))

    async def _schema(self, _: web.Request) -> web.Response:
        return _json(SCHEMA)

    async def _alerts(self, request: web.Request) -> web.StreamResponse:
        number = _whole(request, "from")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._subscribe(request, self._hub.count if number is None else number)
        most = _whole(request, "most")
        most = 100 if most is None else min(most, 1000)
        first = max(self._hub.count - most, 0) if number is None else number
        ended = self._hub.closed
        return _text(message(self._hub.since(first, most), ended=ended), "application/json")

    async def _subscribe(self, request: web.Request, number: int) -> web.StreamResponse:
        if self._hub.subscribers >= MOST_SUBSCRIBERS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_SUBSCRIBERS} subscribers are the most\n")
        offered = [name for name in subprotocols(request) if name == "hydrophone"]
        socket = web.WebSocketResponse(
            heartbeat=_HEARTBEAT,
            max_msg_size=_LARGEST_MESSAGE,
            protocols=offered,
            compress=False,
        )
        await socket.prepare(request)
        self._hub.subscribers += 1
        self._sockets.add(socket)
        sending = asyncio.ensure_future(self._send(socket, number))
        try:
            async for said in socket:
                if said.type is not WSMsgType.TEXT:
                    break
        finally:
            sending.cancel()
            self._sockets.discard(socket)
            self._hub.subscribers -= 1
        return socket

    async def _send(self, socket: web.WebSocketResponse, number: int) -> None:
        """Sends alerts from a number on, as fast as the subscriber takes them."""
        hub = self._hub
        chunk = Chunk(number, 0, [])
        with suppress(ConnectionError):
            while True:
                hub.missed += chunk.missed
                ended = hub.closed and chunk.after >= hub.count
                try:
                    await asyncio.wait_for(socket.send_str(message(chunk, ended=ended)), _PATIENCE)
                except TimeoutError:
                    await socket.close(
                        code=WSCloseCode.POLICY_VIOLATION, message=b"nothing was taken for long"
                    )
                    return
                if ended:
                    return
                await hub.wait(chunk.after)
                chunk = hub.since(chunk.after)

    async def _snapshots(self, request: web.Request) -> web.Response:
        told = self._telemetry.snapshot()
        wanted = request.query.get("symbol")
        if wanted is not None:
            told["symbols"] = [s for s in told["symbols"] if s["symbol"] == wanted]
            if not told["symbols"]:
                raise web.HTTPNotFound(text="no such symbol has had an event\n")
        for stage in told["stages"].values():
            stage["distribution"] = [
                [int(_BOUNDS[bucket]) // PS_PER_NS, events]
                for bucket, events in stage.pop("buckets")
            ]
        return _json(told | {"subscribers": self._hub.subscribers})

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(
            body=exposition(self._telemetry, self._hub),
            headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8", **_HEADERS},
        )

    async def _health(self, _: web.Request) -> web.Response:
        return _json({"status": "alive"})

    async def _ready(self, _: web.Request) -> web.Response:
        state = self._telemetry.snapshot()["state"]
        return _json({"status": state}, status=200 if state != "failed" else 503)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _whole(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise web.HTTPBadRequest(text=f"{name} is a whole number from 0 on\n")
    return int(text)


def _text(text: str, content: str, status: int = 200) -> web.Response:
    return web.Response(
        text=text, content_type=content, charset="utf-8", status=status, headers=_HEADERS
    )


def _json(value: Mapping[str, object], status: int = 200) -> web.Response:
    return _text(json.dumps(value), "application/json", status)


def _static(name: str) -> web.Response:
    if name not in _CONTENT:
        raise web.HTTPNotFound
    file = files("hydrophone_serve").joinpath("static", name)
    return _text(file.read_text("utf-8"), _CONTENT[name])
