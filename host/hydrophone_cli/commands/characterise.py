"""``hydrophone characterise``: measures what operations cost on a target, for the scheduler."""

import argparse
from pathlib import Path

from hydrophone_cli.command import CommandError, Commands, Exit
from hydrophone_cli.options import real, seed


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "characterise",
        help="measure the delays that pipelines are laid out for",
        description="Synthesises every operation in many sizes, places and routes it where the "
        "family has an open router, writes the delays as JSON, and tells how far they are from the "
        "committed ones; exit code 1 when that is beyond the spread that the family states. Takes "
        "some minutes; with --share it measures and compares some of the sizes, and writes no "
        "file.",
    )
    parser.add_argument("--target", required=True, help="device family")
    parser.add_argument(
        "--out", type=Path, help="file to write (build/characterise/TARGET.json)", metavar="FILE"
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=Path("build/characterise"),
        help="tools' files (%(default)s)",
    )
    parser.add_argument(
        "--share",
        type=real(0, 1, what="a share"),
        default=1.0,
        metavar="S",
        help="share of the sizes to measure",
    )
    parser.add_argument("--seed", type=seed, metavar="S", help="with --share, draws them (1)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_cli.outputs.files import make_folder, write
    from hydrophone_hdl.characterisation.characterise import as_json, characterise
    from hydrophone_hdl.characterisation.deviation import deviation
    from hydrophone_hdl.hls.delays import committed, has_delays
    from hydrophone_hdl.synthesis.errors import SynthesisError
    from hydrophone_model.targets import TARGETS

    if args.target not in TARGETS:
        raise CommandError(
            f"no target {args.target!r}: use one of {', '.join(TARGETS)}", Exit.USAGE
        )
    if not args.share:
        raise CommandError("--share 0: nothing would be measured, give more than 0")
    if args.share < 1 and args.out is not None:
        raise CommandError("--out beside --share: a share is compared, not written, leave it out")
    if args.share == 1 and args.seed is not None:
        raise CommandError("--seed without --share: all sizes are measured, leave it out")
    out: Path = args.out or args.work / f"{args.target}.json"
    make_folder(args.work)
    make_folder(out.parent)
    work = (args.work / args.target).resolve()
    # A family that is being added has no delay file to be held against.
    old = committed(args.target) if args.share < 1 or has_delays(args.target) else None
    try:
        new = characterise(
            args.target, work, _say, share=args.share, seed=1 if args.seed is None else args.seed
        )
    except SynthesisError as error:
        raise CommandError(str(error), Exit.FAILED) from error
    if args.share == 1:
        write(out, as_json(new))
        print(f"wrote {out}")
    if old is None:
        return Exit.DONE
    count, every = (sum(map(len, content["kinds"].values())) for content in (new, old))
    apart, where = deviation(new, old)
    spread = TARGETS[args.target].characterisation.spread
    print(
        f"of {count} of {every} sizes, furthest from the committed delays: {where}, by "
        f"{apart:.1%}; spread {spread:.0%}"
    )
    return Exit.DONE if apart <= spread else Exit.FAILED


def _say(line: str) -> None:
    print(line, flush=True)
