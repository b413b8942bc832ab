"""``hydrophone devices``: what can be opened here, and why the rest cannot."""

import argparse
import json

from hydrophone_cli.command import Commands, Exit


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "devices",
        help="list the devices that can be opened here",
        description="Lists every kind of device, whether it is present, and which one auto takes.",
    )
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone.devices import BACKENDS

    found = [(backend, backend.absence()) for backend in BACKENDS]
    best = next((b.name for b, absence in found if b.automatic and absence is None), None)
    if args.json:
        rows = [
            {
                "device": b.name,
                "present": absence is None,
                "auto": b.name == best,
                "what": b.doc,
                "absence": absence,
            }
            for b, absence in found
        ]
        print(json.dumps(rows, indent=2))
        return Exit.DONE
    for backend, absence in found:
        mark = "*" if backend.name == best else " "
        state = "present" if absence is None else f"absent: {absence}"
        print(f"{mark} {backend.name:8} {backend.doc}; {state}")
    print("* is what auto takes")
    return Exit.DONE
