"""Output conflict check: refuses outputs that are also inputs, or named twice."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.outputs.files import STDOUT


def check_conflicts(outputs: Sequence[Path | None], inputs: Sequence[str | Path | None]) -> None:
    """Refuses an output that is an input, under whatever name, or is named for two outputs.

    Args:
        outputs: Files to be written; None is none, and ``-`` the standard output.
        inputs: Files, or folders with all that is in them; ``-`` is the standard input. What is
            not there is none.

    Raises:
        CommandError: The file would be lost.
    """
    written = [path for path in outputs if path is not None]
    for place, path in enumerate(written):
        if _place(path) in [_place(other) for other in written[:place]]:
            raise CommandError(f"{path} is named for two outputs: name another file", Exit.OUTPUT)
    for path in written:
        with suppress(OSError):
            found = os.fstat(1) if path == STDOUT else path.stat()
            for name, read in _present_files(inputs):
                if os.path.samestat(found, read):
                    raise CommandError(
                        f"{path} is also read, as {name}, and would be lost: name another file",
                        Exit.OUTPUT,
                    )


def _place(path: Path) -> Path:
    return path if path == STDOUT else Path(os.path.realpath(path))


def _present_files(inputs: Sequence[str | Path | None]) -> Iterator[tuple[str, os.stat_result]]:
    """Names and status of the inputs that exist."""
    for source in inputs:
        if source is None:
            continue
        with suppress(OSError):
            if source == "-":
                yield "standard input", os.fstat(0)
            elif (path := Path(source)).is_dir():
                yield from ((str(file), file.stat()) for file in path.rglob("*") if file.is_file())
            else:
                yield str(path), path.stat()
