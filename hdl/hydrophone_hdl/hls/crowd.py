"""How much slower operations are on a chip that is in use: routes are longer there."""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from hydrophone_hdl.hls.measure import routed
from hydrophone_hdl.hls.probes import probe
from hydrophone_hdl.synthesis import Progress

PROBES = (
    ("add", 16),
    ("add", 32),
    ("compare", 32),
    ("logic", 8),
    ("mux", 32),
    ("equal", 32),
    ("any", 32),
    ("shift", 32, 5),
    ("leading", 64),
    ("multiply", 18, 18),
    ("lookup", 8, 8),
    ("choose", 16, 16),
    ("read", 64, 16),
)
"""Operations to compare, besides a bare register."""
WORDS, WIDTH = 280, 48
"""Of the crowd; they take a third of the part's 83,640 look-up tables."""
WHOLE = {"xc7": 1.15, "xcup": 1.18}
"""What a path of many operations takes over their sum where nothing is routed, by target.

From the whale pipeline's own longest paths after synthesis; the implementation report shows both.
"""
REACH = 12
"""How far apart words are that feed each other."""


@dataclass(frozen=True)
class Crowding:
    """What delays grow by.

    Attributes:
        factor: Delay in a chip in use over that in an empty one.
        origin: How that was found.
    """

    factor: float
    origin: str


def crowding(target: str, work: Path, progress: Progress) -> Crowding:
    """The crowding of a target, measured where there is place-and-route.

    Args:
        target: One of `synthesis.TARGETS`.
        work: Folder for the tools' files.
        progress: Told of each step.
    """
    if target != "ecp5":
        return Crowding(
            WHOLE[target], "longest paths of the synthesised whale pipeline; no routing in it"
        )
    probes = [probe("bare", 8), *(probe(kind, *sizes) for kind, *sizes in PROBES)]
    progress("ecp5: operations in an empty chip")
    empty = routed(probes, work)
    progress("ecp5: the same beside a design that fills a third of it, some minutes")
    full = routed(probes, work, seeds=(1,), crowd=_crowd())
    bare = probes[0].name
    ratios = [
        (full[one.name].path_ps - full[bare].path_ps)
        / (empty[one.name].path_ps - empty[bare].path_ps)
        for one in probes[1:]
    ]
    return Crowding(
        round(max(1.0, median(ratios)), 2),
        f"delays beside a design that fills a third of the part over those in an empty part: "
        f"median of {len(ratios)} operations, {min(ratios):.2f} to {max(ratios):.2f}",
    )


def _crowd() -> str:
    """Words that are each other's sums and twists, with all but a few of their wires short."""
    random = Random(1)
    lines = ["(* keep_hierarchy *) module crowd(input clk);"]
    updates: list[str] = []
    for n in range(WORDS):
        lines.append(f"(* keep *) reg [{WIDTH - 1}:0] w{n};")
        a, b = (f"w{(n + random.randint(1, REACH)) % WORDS}" for _ in range(2))
        turn = random.randrange(1, WIDTH)
        twisted = f"({b} ^ {{{a}[{turn - 1}:0], {a}[{WIDTH - 1}:{turn}]}})"
        updates.append(f"w{n} <= {a} + {twisted};")
    return "\n".join([*lines, "always @(posedge clk) begin", *updates, "end", "endmodule"])
