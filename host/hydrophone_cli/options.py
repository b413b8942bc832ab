"""Argument parser of the commands, and the types of their options' values.

A refusal names the option, the value and what is allowed, under the usage of the command itself.
"""

import argparse
import math
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from typing import Any, NoReturn

from hydrophone_cli.printable import printable
from hydrophone_model.errors import nearest
from hydrophone_model.timing import FASTEST_MHZ, SLOWEST_MHZ

MOST = 2**63 - 1
"""Largest count an option takes."""
LAST_SEED = 2**32 - 1


class Parser(argparse.ArgumentParser):
    """An argument parser that refuses what it does not know itself.

    The standard one hands a command's unknown options to the parser above, which prints its own
    usage.
    """

    def parse_known_args(  # type: ignore[override]  # the base declares overloads
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parses the arguments; what is left over is an error."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            options = re.findall(r"--[a-z][a-z-]*", self.format_usage())
            option = unknown[0].partition("=")[0]
            self.error(f"unrecognized arguments: {' '.join(unknown)}{nearest(option, options)}")
        return parsed, unknown

    def _print_message(self, message: str, file: Any = None) -> None:
        # The base hides that the standard output is full.
        with nullcontext() if file is sys.stdout else suppress(OSError):
            (file or sys.stderr).write(message)

    def error(self, message: str) -> NoReturn:
        """Prints the usage and the message, in one line whatever is in it, and exits."""
        super().error(printable(message))


def whole(low: int, high: int = MOST, *, what: str = "a whole number") -> Callable[[str], int]:
    """Type of an option that takes an integer from ``low`` to ``high``; 1,000 and 1_000 are 1000.

    Args:
        low: Smallest value.
        high: Largest value.
        what: What the number is, for the refusal.
    """
    allowed = f"{what}, {low:,} or more" if high == MOST else f"{what} from {low:,} to {high:,}"

    def parse(text: str) -> int:
        digits = re.sub("[_,]", "", text)
        value = int(digits) if re.fullmatch("[+-]?[0-9]{1,19}", digits) else None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{_shown(text)} is not allowed: give {allowed}")
        return value

    return parse


def real(
    low: float = -math.inf, high: float = math.inf, *, what: str = "a number"
) -> Callable[[str], float]:
    """Type of an option that takes a finite number from ``low`` to ``high``.

    Args:
        low: Smallest value.
        high: Largest value.
        what: What the number is, for the refusal.
    """
    allowed = what if math.isinf(low) else f"{what} from {low:g} to {high:g}"

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and low <= value <= high):
            raise argparse.ArgumentTypeError(f"{_shown(text)} is not allowed: give {allowed}")
        return value

    return parse


count = whole(1)
"""Type of an option that takes how many: 1 or more."""
seed = whole(0, LAST_SEED)
"""Type of an option that takes the seed of random numbers."""
share = real(what="a share of events such as 0.001")
"""Type of an option that takes a budget of alerts; the configuration knows its range."""
clock = real(SLOWEST_MHZ, FASTEST_MHZ, what="MHz")
"""Type of an option that takes a clock."""


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
