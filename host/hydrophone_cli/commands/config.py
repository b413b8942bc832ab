"""``hydrophone config``: every parameter of a configuration, and where a change of it acts."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydrophone_cli.command import Commands, Exit

if TYPE_CHECKING:
    from hydrophone_drivers.parameter_update import ParameterUpdate
    from hydrophone_model.catalogue import Entry
    from hydrophone_model.config import DesignConfig

    Rows = Mapping[Entry, ParameterUpdate]
    """Every parameter, and how a change of it reaches a running design."""

COMMAND = "hydrophone config --markdown > docs/configuration.md"
"""Writes the committed page."""
_INTRODUCTION = """\
# Parameters of a configuration

Written by `{command}` from the parameter objects; a test
compares.

A configuration is a preset ({presets}) or a TOML file, which names the
preset it begins from (`preset = "small"`; `default`, if it names none) and what differs.
`hydrophone config --toml` prints such a file with a comment on every key, `hydrophone config FILE`
what a file comes to. A file may still give tables their former names:
{former}.

Where a change acts:

{places}

Of a running design, a setting is named that carries the parameter; those of the whale pipeline are
[registers](registers.md). Long lists are cut here; `hydrophone config --toml` has them whole.
"""


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "config",
        help="print every parameter of a configuration",
        description="Prints every parameter with its meaning, allowed values, default and value, "
        "and where a change acts: in a register of a running design, at its next reset, or in "
        "another design.",
    )
    parser.add_argument(
        "config", nargs="?", default="default", metavar="NAME|FILE",
        help="a preset or a TOML file (%(default)s)",
    )  # fmt: skip
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print the list as JSON")
    forms.add_argument(
        "--toml",
        action="store_true",
        help="print a file with comments, to be edited and given to --config",
    )
    forms.add_argument(
        "--binary",
        metavar="FILE",
        type=Path,
        help="write the file that the C library's hydrophone_config_read takes",
    )
    forms.add_argument(
        "--markdown", action="store_true", help="print the page of the documentation"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_drivers.parameter_update import parameter_update
    from hydrophone_model.catalogue import catalogue
    from hydrophone_model.config import DesignConfig

    config = DesignConfig.load(args.config)
    rows = {entry: parameter_update(config, entry) for entry in catalogue(config)}
    if args.binary is not None:
        from hydrophone_model.c_config import binary

        args.binary.write_bytes(binary(config))
    elif args.json:
        print(json.dumps([_record(*row) for row in rows.items()], indent=2))
    elif args.toml:
        print(commented(config, rows), end="")
    elif args.markdown:
        print(page(rows), end="")
    else:
        for line in _lines(config, rows):
            print(line)
    return Exit.DONE


def _record(entry: "Entry", acts: "ParameterUpdate") -> dict[str, Any]:
    limits = entry.limits
    return {
        "name": entry.name,
        "meaning": entry.doc,
        "allowed": entry.allowed,
        "low": limits and limits.low,
        "high": limits and limits.high,
        "power_of_two": limits and limits.power_of_two,
        "words": limits and list(limits.words),
        "default": entry.default,
        "value": entry.value,
        "acts": acts.scope.value,
        "settings": list(acts.settings),
    }


def commented(config: "DesignConfig", rows: "Rows") -> str:
    """The configuration as a TOML file that says what each key is; it reads back as it is."""
    from hydrophone_model.config_file import toml_value

    comments = {
        entry.name: f"{entry.doc}\n"
        f"{entry.allowed}; acts: {acts}"
        + ("" if entry.value == entry.default else f"; default {toml_value(entry.default)}")
        for entry, acts in rows.items()
    }
    head = f"# Every parameter of the configuration {config.name}.\n\n"
    return head + config.to_toml(comments)


def page(rows: "Rows") -> str:
    """The page of the documentation."""
    from hydrophone_drivers.parameter_update import SCOPE_DOC
    from hydrophone_model.catalogue import table_doc
    from hydrophone_model.config import PRESETS
    from hydrophone_model.config_tables import RENAMED

    presets = ", ".join(f"`{name}`" for name in PRESETS)
    places = "\n".join(f"- **{scope.value}**: {doc}" for scope, doc in SCOPE_DOC.items())
    former = ", ".join(f"`[{old}]` for `[{table}]`" for old, table in RENAMED.items())
    lines = _INTRODUCTION.format(
        command=COMMAND, presets=presets, places=places, former=former
    ).splitlines()
    table: str | None = None
    for entry, acts in rows.items():
        if entry.table != table:
            table = entry.table
            title = f"`[{table}]`: {table_doc(table)}" if table else "At the top of the file"
            lines += ["", f"## {title}", ""]
            lines += ["| key | meaning | allowed | default | acts |", "|" + "---|" * 5]
        allowed = entry.allowed.replace("|", "\\|")
        lines.append(
            f"| `{entry.key}` | {entry.doc} | {allowed} | {_short(entry.default)} | {acts} |"
        )
    return "\n".join(lines) + "\n"


def _lines(config: "DesignConfig", rows: "Rows") -> Iterator[str]:
    """The table for a person."""
    from hydrophone_model.catalogue import table_doc

    yield f"configuration {config.name}"
    table = ""
    for entry, acts in rows.items():
        if entry.table != table:
            table = entry.table
            yield f"\n[{table}]  {table_doc(table)}"
        yield f"\n{entry.key} = {_short(entry.value)}"
        yield f"    {entry.doc}"
        yield f"    {entry.allowed}; default {_short(entry.default)}; acts: {acts}"


def _short(value: Any, most: int = 60) -> str:
    from hydrophone_model.config_file import toml_value

    text = toml_value(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
