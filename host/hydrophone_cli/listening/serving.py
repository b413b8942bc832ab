"""Serving beside a run: the sink that feeds the server, and what the options say of it."""

import argparse
import importlib.util
import logging
import os
import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.telemetry import RunTelemetry
from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.listening.batch import Batch
from hydrophone_cli.logs import LOGGER, log

if TYPE_CHECKING:
    from hydrophone_serve.access import Access

_LOGGER = LOGGER.getChild("serve")
TOKEN = "HYDROPHONE_TOKEN"
"""Environment variable with the token."""
_TOKEN_FORM = re.compile(r"[A-Za-z0-9._~-]{16,256}")


class Serving:
    """A server of a run, as a sink of its batches.

    Args:
        access: Where it listens, and who may ask.
        port: Port; 0 for any that is free.
        exit_at_end: Whether it ends with the sources.
    """

    def __init__(self, access: "Access", port: int, *, exit_at_end: bool) -> None:
        from hydrophone_serve.hub import AlertHub

        self.path = Path("-")
        self.rows, self.unfinished = 0, None
        self._access, self._port, self._exit_at_end = access, port, exit_at_end
        self._hub = AlertHub()

    @classmethod
    def of(cls, args: argparse.Namespace) -> "Serving":
        """The server that the options name.

        Raises:
            CommandError: It would be open to everyone, its token is none, or a library is missing.
        """
        for module in ("aiohttp", "prometheus_client"):
            if importlib.util.find_spec(module) is None:
                raise CommandError(f"{module} is not installed: pip install 'hydrophone[serve]'")
        from hydrophone_serve.access import Access, is_loopback

        token = _token(args.token_file)
        if token is None and not is_loopback(args.host):
            raise CommandError(
                f"--host {args.host} can be reached by others: name a token for them, in a file of "
                f"--token-file or in {TOKEN}"
            )
        return cls(Access(args.host, token), args.port, exit_at_end=args.exit_at_end)

    def open(self) -> None:
        """Nothing: the server begins with the run."""

    def take(self, batch: Batch) -> None:
        """Hands the alerts of a batch over; nobody is waited for."""
        self._hub.append(batch.alerts)
        self.rows += len(batch.alerts)

    def publish(self) -> None:
        """Tells subscribers that no alert will come any more."""
        self._hub.close()

    def discard(self) -> None:
        """Tells subscribers likewise."""
        self._hub.close()

    @contextmanager
    def served(self, telemetry: RunTelemetry) -> Generator[None]:
        """Serves a run.

        Raises:
            ServeError: The address cannot be had.
        """
        from hydrophone_serve.server import Server

        telemetry.dropped["subscribers"] = lambda: self._hub.missed
        with Server(self._access, self._port, telemetry, self._hub) as server:
            host = self._access.host
            host = f"[{host}]" if ":" in host else host
            url = f"http://{host}:{server.port}/"
            log(_LOGGER, logging.WARNING, f"serving at {url}", url=url)
            yield

    def wait(self) -> None:
        """Waits for the signal that ends the server, if the end of the sources does not."""
        if self._exit_at_end:
            return
        message = "the sources have ended; serving until Ctrl-C or SIGTERM"
        log(_LOGGER, logging.WARNING, message)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return


def _token(file: str | None) -> str | None:
    """The token, or None where none is named."""
    if file is None:
        token = os.environ.get(TOKEN)
    else:
        try:
            token = Path(file).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"cannot read the token of {file}: {error}", Exit.INPUT) from error
    if token is not None and not _TOKEN_FORM.fullmatch(token):
        raise CommandError(
            "a token is 16 to 256 letters, digits or . _ ~ -: make one with "
            "python3 -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    return token
