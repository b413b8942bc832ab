"""What a path through a whole design takes over the sum of its operations measured alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Derating:
    """What delays grow by.

    Attributes:
        factor: Delay within a whole design over that of the operations alone.
        origin: How that was found.
    """

    factor: float
    origin: str


WHOLE: dict[str, Derating] = {
    "ecp5": Derating(1.7, "longest paths of the routed whale pipeline: routes are long there"),
    "xc7": Derating(1.15, "longest paths of the synthesised whale pipeline; no routing in it"),
    "xcup": Derating(1.18, "longest paths of the synthesised whale pipeline; no routing in it"),
}
"""By target; the implementation report shows what the schedule asked for and what was reached."""
