"""``hydrophone kernels``: the kernels there are, and the instruction set they run on."""

import argparse
import json
from dataclasses import asdict

from hydrophone_cli.command import Commands, Exit
from hydrophone_cli.instruction_sets import instruction_sets


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "kernels",
        help="list the kernels and the instruction sets they run on",
        description="Lists what this processor has, what is compiled in, what was chosen, and the "
        "kernels of hydrophone.kernels with their shapes and number types.",
    )
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    sets = instruction_sets()
    from hydrophone.kernels import KERNELS

    if args.json:
        print(json.dumps({"isas": asdict(sets), "kernels": [asdict(k) for k in KERNELS]}, indent=2))
        return Exit.DONE
    print("instruction sets, oldest first:")
    for name in sets.compiled:
        mark = "*" if name == sets.chosen else " "
        state = "available" if name in sets.available else "compiled, but not of this processor"
        print(f"{mark} {name:7} {state}")
    print("* was chosen; HYDROPHONE_ISA=NAME chooses another")
    print("\nkernels, of one window, of a stream, of a whole series:")
    for kernel in KERNELS:
        window, stream, series = kernel.shapes
        print(f"  {kernel.name:19} {window:18} {stream:12} {series}")
        print(f"  {'':19} {kernel.floats}; fixed point {kernel.fixed}")
    return Exit.DONE
