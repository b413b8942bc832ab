"""Alerts within a budget: each head keeps its share, and one whale is one episode.

A head fires when its score reaches its threshold. The threshold follows the share of the budget
that the head was given (adaptive conformal inference, Gibbs & Candes 2021): an episode that the
head opens lifts it by 2**-``rise`` octaves; every event of the class of symbols lowers it by
``budget / 10**6`` times the share times that much. Firing opens an episode of the symbol and side
unless one is open; an open episode raises no further alert. It ends ``hold`` events of the symbol
after the last event of its side at which some head was at or above its threshold less the
hysteresis. Prints of the same side that join the running parent do not count, so that one parent
never opens two episodes; they do count for the other side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hydrophone_model.block import (
    Model,
    Params,
    Port,
    Ports,
    Setting,
    State,
    StateField,
    each,
    symbol_format,
)
from hydrophone_model.errors import ConfigError, shown
from hydrophone_model.fixed import FLAG, Fixed, Raw
from hydrophone_model.formats import TAIL
from hydrophone_model.limits import parameter
from hydrophone_model.records import Kind

THRESHOLD = Fixed(integer=TAIL.integer, fraction=TAIL.fraction + 21)
"""A head's threshold: a tail score and the fraction bits its slow fall needs."""
FALL = Fixed(integer=THRESHOLD.fraction - 2)
"""What an event lowers a threshold by, in raw steps of `THRESHOLD`."""
LIFT = Fixed(integer=THRESHOLD.fraction + 1)
"""What an episode lifts a threshold by, in raw steps of `THRESHOLD`."""
HOLD = Fixed(integer=10)
"""Events of the symbol."""
KIND = Fixed(integer=2)
SILENT = -2 * (TAIL.max + 1)
"""Margin of a head that may not fire: below any other, hysteresis included."""


@dataclass(frozen=True, kw_only=True)
class AlertParams(Params):
    """Budget and episodes of the alert block.

    A margin is negative for a head that stays loud for long, so that fewer episodes cover it.
    """

    name: ClassVar[str] = "alert"
    own_settings: ClassVar[Mapping[str, Setting]] = {
        "lift": Setting(format=LIFT, doc="what an episode lifts a threshold by"),
        "hold": Setting(format=HOLD, doc="events an episode outlasts its last sign", unit="events"),
        "hysteresis": Setting(format=TAIL, doc="below the threshold that still counts"),
        "falls": Setting(format=FALL, doc="what an event lowers each threshold by"),
        "first_thresholds": Setting(format=THRESHOLD, doc="thresholds after clear", initial=True),
    }
    derived: ClassVar[tuple[str, ...]] = ("falls", "lift", "first_thresholds")
    symbols: int = parameter(64, 1, 4096, "symbols", power_of_two=True)
    classes: int = parameter(16, 1, 4096, "symbol classes; symbol mod classes", power_of_two=True)
    budget: int = parameter(
        1000, 1, 100_000, "episodes that a million events may open", runtime=True
    )
    shares: tuple[int, ...] = parameter(
        (100, 80, 44, 32),
        0,
        256,
        "each head's part of the budget, 256ths that sum to 256",
        runtime=True,
    )
    margin: tuple[int, ...] = parameter(
        (-11, -269, -72, -169),
        -TAIL.max,
        TAIL.max,
        "what each head's first threshold lies above what its share asks for, steps of "
        f"2**-{TAIL.fraction}",
        runtime=True,
    )
    rise: int = parameter(
        4, 0, 6, "an episode lifts its head's threshold by 2**-rise", runtime=True
    )
    hold: int = parameter(
        24, 1, HOLD.max, "events that an episode outlasts its last sign", runtime=True
    )
    hysteresis: int = parameter(
        0,
        0,
        TAIL.max,
        f"how far below its threshold a head still counts, steps of 2**-{TAIL.fraction}",
        runtime=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.shares) != len(Kind) or sum(self.shares) != 256:
            raise ConfigError(
                f"alert.shares = {shown(self.shares)} is not allowed: give {len(Kind)} that sum "
                "to 256"
            )
        if len(self.margin) != len(Kind):
            raise ConfigError(
                f"alert.margin = {shown(self.margin)} is not allowed: give {len(Kind)}"
            )
        if any(share and not fall for share, fall in zip(self.shares, self.falls, strict=True)):
            least = min(share for share in self.shares if share)
            raise ConfigError(
                f"alert.budget = {self.budget} is not allowed with rise {self.rise} and a share of "
                f"{least}: a threshold would never fall; use at least "
                f"{-(-256_000_000 // (self.lift * least))}, or a smaller rise"
            )
        if self.classes > self.symbols:
            raise ConfigError(
                f"alert.classes = {self.classes} is not allowed: use at most {self.symbols}"
            )

    @property
    def inputs(self) -> Ports:
        """The event's ``symbol`` and ``side``, whether it ``joined``, and the ``heads``' scores."""
        return {
            "symbol": Port(symbol_format(self.symbols)),
            "side": Port(FLAG),
            "joined": Port(FLAG),
            "heads": Port(TAIL, len(Kind)),
        }

    @property
    def own_state(self) -> Mapping[str, StateField]:
        """Events left of each side's episode, and each head's threshold."""
        return {
            "left": StateField(format=HOLD, count=2),
            "threshold": StateField(format=THRESHOLD, count=len(Kind), of="class"),
        }

    @property
    def outputs(self) -> Ports:
        """``alert``: an episode opens; ``episode``: one is open; ``kind`` and ``score``."""
        return {
            "alert": Port(FLAG),
            "episode": Port(FLAG),
            "kind": Port(KIND),
            "score": Port(TAIL),
        }

    @property
    def lift(self) -> int:
        """What an episode lifts its heads' thresholds by, raw `THRESHOLD`."""
        return 1 << (THRESHOLD.fraction - self.rise)

    @property
    def falls(self) -> tuple[int, ...]:
        """What an event lowers each head's threshold by, raw `THRESHOLD`."""
        return tuple(self.lift * self.budget * s // (256 * 1_000_000) for s in self.shares)

    @property
    def first_thresholds(self) -> tuple[int, ...]:
        """Thresholds after reset: -log2 of the head's share of the budget, plus the margin."""
        rates = np.maximum(np.array(self.shares), 1) / 256 * self.budget / 1e6
        start = THRESHOLD.quantise(-np.log2(rates)) + (
            np.array(self.margin) << (THRESHOLD.fraction - TAIL.fraction)
        )
        return tuple(THRESHOLD.saturate(start).tolist())


class AlertModel(Model):
    """Golden model of the alert block.

    A head whose threshold never falls, for its share is zero, never fires. Of several heads that
    fire at once the one furthest above its threshold, the first of equals, names the kind and is
    charged: heads that hear the same whale pay for it once. Without an alert ``kind`` is the head
    with the highest score, the first of equals. ``score`` is the highest score of all heads.

    State:
        Of each class of symbols, which is ``symbol`` modulo ``classes``, a ``threshold`` of each
        head, raw `THRESHOLD` (32 bits), at first ``first_thresholds``. Of each symbol ``left`` of
        each side, the events that an episode has left, raw `HOLD` (10 bits), 0 at first.

    Steps:
        1. For each head ``i``
           ``above[i] = heads[i] - (threshold[i] >> (THRESHOLD.fraction - TAIL.fraction))``; but
           ``above[i] = SILENT`` where ``falls[i]`` is 0. A head whose share is 0 never fires.
        2. ``fires`` is whether any ``above[i]`` is at least 0; ``lives`` whether the largest one is
           at least ``-hysteresis``; ``first`` the first head of those with the largest one.
        3. ``open`` is ``left > 0`` of the event's symbol and side. ``alert`` is ``fires`` and not
           ``open``. ``episode`` is ``alert`` or ``open``. ``score`` is the largest of ``heads``.
           ``kind`` is ``first`` if ``alert``, else the first head of those with that score.
        4. Every ``threshold[i]`` of the class becomes ``threshold[i] - falls[i]``. That of head
           ``first`` of an ``alert`` becomes ``threshold[i] - falls[i] + lift``. Each result is
           saturated to `THRESHOLD` once, at the end: no threshold is below 0.
        5. ``left`` of the other side becomes ``max(left - 1, 0)``. That of the event's side becomes
           the setting ``hold`` if ``alert``, or if ``open`` and ``lives``; else
           ``max(left - 1 + joined, 0)``.

    Settings:
        All but ``first_thresholds`` act with the next event: episodes that are open keep the
        ``left`` they have. ``first_thresholds`` act at the next reset. The parameters make them:
        ``lift`` is 2 to the power ``THRESHOLD.fraction - rise``; of each head
        ``falls = lift * budget * shares // 256_000_000``, and ``first_thresholds`` is
        ``-log2(max(shares, 1) / 256 * budget / 10**6) * 2**THRESHOLD.fraction`` rounded down, plus
        the parameter ``margin << (THRESHOLD.fraction - TAIL.fraction)``, saturated to `THRESHOLD`.
    """

    def __init__(self, params: AlertParams) -> None:
        self.params = params
        self.reset()

    def reset(self) -> None:
        """Closes every episode and puts the thresholds back."""
        params = self.params
        self._thresholds = [list(params.first_thresholds) for _ in range(params.classes)]
        self._hold = [[0, 0] for _ in range(params.symbols)]

    def own_state(self) -> dict[str, Raw]:
        """See `Model.own_state`."""
        return {
            "left": np.array(self._hold, np.int64),
            "threshold": np.array(self._thresholds, np.int64),
        }

    def set_own_state(self, state: State) -> None:
        """See `Model.set_own_state`."""
        self._hold = state["left"].tolist()
        self._thresholds = state["threshold"].tolist()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """Decides on a batch of events."""
        params = self.params
        down = THRESHOLD.fraction - TAIL.fraction
        falls, lift = params.falls, params.lift
        able = [fall > 0 for fall in falls]
        columns = (inputs[name] for name in ("symbol", "side", "joined"))
        rows: list[tuple[int, int, int, int]] = []
        for symbol, side, joined, *heads in each(*columns, *inputs["heads"].T):
            thresholds = self._thresholds[symbol & (params.classes - 1)]
            margins = [
                head - (level >> down) if can else SILENT
                for head, level, can in zip(heads, thresholds, able, strict=True)
            ]
            fires = [margin >= 0 for margin in margins]
            lives = max(margins) >= -params.hysteresis
            hold = self._hold[symbol]
            was_open = hold[side] > 0
            alert = any(fires) and not was_open
            first = margins.index(max(margins))
            for head, fall in enumerate(falls):
                moved = thresholds[head] - fall + (lift if alert and head == first else 0)
                thresholds[head] = min(max(moved, 0), THRESHOLD.max)
            other = 1 - side
            hold[other] = max(hold[other] - 1, 0)
            extended = alert or (was_open and lives)
            hold[side] = params.hold if extended else max(hold[side] - 1 + joined, 0)
            kind = first if alert else heads.index(max(heads))
            rows.append((int(alert), int(alert or was_open), kind, max(heads)))
        table = np.array(rows, np.int64).reshape(-1, 4)
        return {name: table[:, i].copy() for i, name in enumerate(self.params.outputs)}
