"""Interleaved timing of contenders in turn: what disturbs the machine disturbs all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter_ns
from timeit import Timer
from typing import Any

import numpy as np

from hydrophone_bench.kernels.cases import Case, Contender, agree
from hydrophone_model.errors import HydrophoneError


class DisagreementError(HydrophoneError):
    """A contender's answer differs from ours: it computes something else."""


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is measured.

    Attributes:
        rounds: Turns of each contender.
        turn_ns: Length of a turn; a single evaluation may take longer. Short, so that a turn which
            another process cuts into is one of many.
    """

    rounds: int = 101
    turn_ns: int = 150_000


QUICK = Effort(rounds=9, turn_ns=100_000)


@dataclass(frozen=True, kw_only=True)
class Time:
    """What was measured of one contender.

    Attributes:
        contender: Whose time.
        ns: Median of its turns, in the case's unit.
        ratio: Median, over the rounds, of its turn by our turn of the same round; above 1 ours is
            faster.
    """

    contender: Contender
    ns: float
    ratio: float


def race(
    case: Case, contenders: Mapping[str, Contender], effort: Effort, *, ours: str
) -> dict[str, Time]:
    """Times every contender of a case, after it has agreed with ours.

    Each round gives each a turn, beginning with another one every time. A turn evaluates the
    expression often enough for the clock; the loop's own time is taken off.

    Args:
        case: What is computed.
        contenders: By name.
        effort: How much.
        ours: Name of the one that the others are held against.

    Raises:
        DisagreementError: An answer differs from ours by more than the case's tolerance.
    """
    _check(case, contenders, ours)
    runners = [_Runner(contender.code, case, contender) for contender in contenders.values()]
    empty = _Runner("None", case, None)
    everyone = [empty, *runners]
    for runner in everyone:
        runner.prepare(effort.turn_ns)
    turns = np.zeros((effort.rounds, len(everyone)))
    for number in range(effort.rounds):
        for step in range(len(everyone)):
            who = (number + step) % len(everyone)
            turns[number, who] = everyone[who].turn()
    loop = np.median(turns[:, 0])
    spent = np.maximum(turns[:, 1:] - loop, 1e-3) / case.length
    mine = spent[:, list(contenders).index(ours)]
    return {
        name: Time(
            contender=contender,
            ns=float(np.median(spent[:, who])),
            ratio=float(np.median(spent[:, who] / mine)),
        )
        for who, (name, contender) in enumerate(contenders.items())
    }


def answer(case: Case, contender: Contender) -> Any:
    """A contender's answer to a case."""
    # The expressions are this package's own.
    return contender.answer(eval(contender.code, {**case.data, **contender.names}))


def _check(case: Case, contenders: Mapping[str, Contender], ours: str) -> None:
    wanted = answer(case, contenders[ours])
    for name, contender in contenders.items():
        got = answer(case, contender) if name != ours else wanted
        if not agree(got, wanted, case.tolerance):
            raise DisagreementError(
                f"{name} computes another {case.kernel} ({case.shape}, window {case.window}): "
                f"{_excerpt(got)} where ours is {_excerpt(wanted)}"
            )


def _excerpt(value: Any) -> str:
    array = np.asarray(value).ravel()
    return f"{array[:4]} of {array.size}" if array.size > 4 else f"{array}"


class _Runner:
    """An expression, and how often it is evaluated in a turn."""

    def __init__(self, code: str, case: Case, contender: Contender | None) -> None:
        names = {**case.data, **(contender.names if contender else {})}
        self._timer = Timer(code, timer=perf_counter_ns, globals=names)
        self._times = 1

    def prepare(self, turn_ns: int) -> None:
        """Warms up, and finds how many evaluations fill a turn."""
        while (spent := self._timer.timeit(self._times)) < turn_ns:
            self._times = max(2 * self._times, int(self._times * turn_ns / (spent + 1)))
            if spent > turn_ns // 2:
                break

    def turn(self) -> float:
        """Nanoseconds of an evaluation."""
        return self._timer.timeit(self._times) / self._times
