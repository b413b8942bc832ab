"""Terminal capabilities: who gets escape sequences, by the stream and the environment.

``NO_COLOR`` (https://no-color.org) turns colours off, ``FORCE_COLOR`` on where it is not 0; both
count when they are not empty, and the first wins. ``TERM=dumb`` has neither colours nor movement.
"""

import os
from typing import TextIO

_DUMB = ("dumb", "unknown")


def coloured(stream: TextIO) -> bool:
    """Whether what is written to a stream may have colours and other styles."""
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR")
    return forced != "0" if forced else moving(stream)


def moving(stream: TextIO) -> bool:
    """Whether a stream is a terminal on which a line can be written anew."""
    return stream.isatty() and os.environ.get("TERM") not in _DUMB


def colour_system(stream: TextIO) -> str | None:
    """What `rich.console.Console` takes as ``color_system`` for a stream."""
    if not coloured(stream):
        return None
    return "auto" if moving(stream) else "standard"
