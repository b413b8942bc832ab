"""``hydrophone verify --vectors``: stimulus and expected results for what others implement."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.cli.contract import CommandError, Exit
from hydrophone.cli.verify_cocotb import EVENTS

if TYPE_CHECKING:
    from hydrophone_model.config import DesignConfig


def exchange(args: argparse.Namespace, config: "DesignConfig", blocks: list[str]) -> Exit:
    """Writes vectors of blocks, or checks results; ``args.vectors`` says which and where.

    Raises:
        CommandError: The words after ``--vectors`` are others, or a file cannot be used.
    """
    from hydrophone_sim.vectors import VectorError, check, write

    what, *paths = args.vectors
    match what, [Path(path) for path in paths]:
        case "write", [folder]:
            try:
                write(folder, config, blocks, args.events or EVENTS, args.seed)
            except OSError as error:
                raise CommandError(f"{folder} cannot be written: {error}", Exit.OUTPUT) from error
            print(f"wrote {len(blocks)} blocks and manifest.json to {folder}")
            return Exit.DONE
        case "check", [_, *_] as files:
            code = Exit.DONE
            for path in files:
                try:
                    checked = check(path)
                except VectorError as error:
                    raise CommandError(str(error), Exit.INPUT) from error
                if checked.mismatch is None:
                    print(f"{path}: {checked.block}: {checked.events:,} events equal")
                else:
                    print(f"mismatch: {checked.mismatch}")
                    code = Exit.FAILED
            return code
        case _:
            raise CommandError("--vectors takes: write DIR, or: check FILE…")
