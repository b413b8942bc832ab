"""Options of a session and of its configuration, for every command that opens one."""

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from hydrophone_cli.options import count, share

if TYPE_CHECKING:
    from hydrophone_model.config import DesignConfig

COMBINATION = "what decides: score_ or rank_ with average, diversity or performance"
"""Help of the option that names a combination."""


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a session."""
    group = parser.add_argument_group("session")
    group.add_argument(
        "--device",
        default="auto",
        metavar="D",
        help="device: golden, cpu, rtl, or auto (the default)",
    )
    group.add_argument(
        "--config", default="default", metavar="C", help="configuration: a preset or a TOML file"
    )
    group.add_argument(
        "--alert-budget",
        type=share,
        metavar="A",
        help="share of events that may open an alert, such as 0.001",
    )
    group.add_argument("--limit", type=count, metavar="N", help="stop after N events")


def with_combination(design: "DesignConfig", combination: str | None) -> "DesignConfig":
    """The configuration, with a combination of this name to decide; None leaves it as it is.

    Raises:
        ConfigError: There is none.
    """
    from hydrophone_model.limits import limits_of

    if combination is None:
        return design
    number = limits_of(design.fusion)["combination"].number("combination", combination)
    return replace(design, fusion=replace(design.fusion, combination=number))
