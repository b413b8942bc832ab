"""``hydrophone cache``: shows, limits or clears the cache of compiled code."""

import argparse
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hydrophone_cli.command import Commands, Exit

if TYPE_CHECKING:
    from hydrophone_toolchain.cache import Entry


def add_parser(commands: Commands) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "cache",
        help="show or clear what was compiled and kept",
        description="Shows the cache of compiled simulations and kernels. A build that makes it "
        "larger than its limit removes those used longest ago, never one that a process uses.",
    )
    parser.add_argument(
        "--limit",
        metavar="SIZE",
        help="limit the cache to this size from now on, such as 500M or 4G; "
        "$HYDROPHONE_CACHE_LIMIT has precedence",
    )
    parser.add_argument(
        "--clear", action="store_true", help="remove every build that no process uses"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the command."""
    from hydrophone_cli.outputs.files import writing
    from hydrophone_toolchain import cache

    removed: list[Entry] = []
    if args.limit is not None:
        limit = cache.size_of(args.limit, "--limit")
        with writing(cache.cache_folder()):
            cache.set_limit(limit)
        removed += cache.trim(cache.cache_limit())
    if args.clear:
        removed += cache.clear()
    limit, kept = cache.cache_limit(), cache.entries()
    if args.json:
        print(json.dumps(_document(removed, kept, limit), indent=2))
        return Exit.DONE
    if removed:
        print(f"removed {len(removed)} builds, {_size(removed)}")
    for kind in cache.KINDS:
        inside = [entry for entry in kept if entry.kind == kind]
        if inside:
            print(f"{kind}: {len(inside)} builds, {_size(inside)}, {_age(inside)}")
    print(f"{cache.cache_folder()}: {_size(kept)} of at most {readable(limit)}")
    return Exit.DONE


def _document(removed: "list[Entry]", kept: "list[Entry]", limit: int) -> dict[str, object]:
    from hydrophone_toolchain.cache import cache_folder

    return {
        "path": str(cache_folder()),
        "limit": limit,
        "size": sum(entry.size for entry in kept),
        "removed": [str(entry.folder) for entry in removed],
        "entries": [
            {
                "kind": entry.kind,
                "name": entry.folder.name,
                "size": entry.size,
                "used": datetime.fromtimestamp(entry.used, UTC).isoformat(timespec="seconds"),
            }
            for entry in kept
        ],
    }


def _size(found: "list[Entry]") -> str:
    return readable(sum(entry.size for entry in found))


def _age(found: "list[Entry]") -> str:
    oldest = min(entry.used for entry in found)
    return f"used since {datetime.fromtimestamp(oldest, UTC):%Y-%m-%d}"


def readable(size: float) -> str:
    """A number of bytes for people."""
    for unit in ("bytes", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
