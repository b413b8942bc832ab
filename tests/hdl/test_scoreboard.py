"""The scoreboard sees every pin, and says what it saw."""

from typing import Any

import numpy as np
import pytest

from hydrophone_model.block import Port
from hydrophone_model.fixed import FLAG, Fixed
from hydrophone_sim.ports import pack
from hydrophone_sim.scoreboard import Handshake, Pins, Scoreboard, ScoreboardError, integers

OUTPUTS = {
    "score": Port(Fixed(signed=True, integer=5)),
    "flag": Port(FLAG),
    "heads": Port(Fixed(integer=11), 4),
}
COLUMNS = {
    "score": np.array([-7, 12, 3]),
    "flag": np.array([1, 0, 1]),
    "heads": np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]),
}
EARLY = {"flag": OUTPUTS["flag"], "score": OUTPUTS["score"]}
LATENCY, EARLY_LATENCY, CLEAR = 3, 2, 2


def board(*, alone: bool = False) -> Scoreboard:
    handshake = Handshake(
        latency=LATENCY, early_latency=EARLY_LATENCY, clear_cycles=CLEAR, alone=alone
    )
    board = Scoreboard(name="score", outputs=OUTPUTS, early=EARLY, handshake=handshake, seed=77)
    board.expect({"symbol": np.array([4, 5, 6])}, COLUMNS, COLUMNS)
    return board


def play(board: Scoreboard, *, stall: frozenset[int] = frozenset(), **wrong: Any) -> None:
    """Plays right hardware, written apart from the scoreboard; ``wrong`` changes pins of a clock.

    Args:
        board: Watches.
        stall: Clocks on which no result is taken.
        wrong: ``at`` and the pins to show on that clock.
    """
    payloads = list(
        zip(*(integers(pack(ports, COLUMNS)) for ports in (OUTPUTS, EARLY)), strict=True)
    )
    stages: list[tuple[int, int] | None] = [None] * LATENCY
    sent, moved = 0, False
    for clock in range(14):
        o_ready = clock not in stall
        result, flagged = stages[-1], stages[EARLY_LATENCY - 1] if moved else None
        moves = o_ready or result is None
        i_ready = moves and clock >= CLEAR
        i_valid = sent < len(payloads)
        pins = Pins(
            i_valid=i_valid,
            i_ready=i_ready,
            o_valid=result is not None,
            o_ready=o_ready,
            payload=0 if result is None else result[0],
            early_valid=flagged is not None,
            early=0 if flagged is None else flagged[1],
        )
        if clock == wrong.get("at"):
            pins = Pins(**{**vars(pins), **{k: v for k, v in wrong.items() if k != "at"}})
        board.observe(pins)
        moved = moves
        if moves:
            enters = payloads[sent] if i_valid and i_ready else None
            stages = [enters, *stages[:-1]]
            sent += enters is not None


@pytest.mark.parametrize("stall", [(), (5,), (5, 6, 8), (3, 4, 5, 6, 7), (0, 1, 2), (5, 7, 8)])
def test_right_hardware_passes(stall: tuple[int, ...]) -> None:
    watched = board()
    play(watched, stall=frozenset(stall))
    assert watched.done
    assert watched.accepted == watched.taken == 3


def test_a_wrong_field_is_named() -> None:
    bad = {**COLUMNS, "heads": COLUMNS["heads"].copy()}
    bad["heads"][1, 2] = 999
    wrong = integers(pack(OUTPUTS, bad))[1]
    with pytest.raises(ScoreboardError) as caught:
        play(board(), at=CLEAR + LATENCY + 1, payload=wrong)
    assert str(caught.value) == (
        "score: seed 77, cycle 6, event 1, symbol 5: o.heads[2] is 999, expected 7"
    )


def test_a_signed_field_is_told_signed() -> None:
    bad = {**COLUMNS, "score": np.array([-8, 12, 3])}
    with pytest.raises(ScoreboardError, match=r"symbol 4: o\.score is -8, expected -7$"):
        play(board(), at=5, payload=integers(pack(OUTPUTS, bad))[0])


def test_an_early_flag_is_told_at_its_clock() -> None:
    wrong = integers(pack(EARLY, {**COLUMNS, "flag": np.array([1, 1, 1])}))[1]
    clock = CLEAR + EARLY_LATENCY + 1
    text = rf"cycle {clock}, event 1, symbol 5: early\.flag is 1, expected 0$"
    with pytest.raises(ScoreboardError, match=text):
        play(board(), at=clock, early=wrong)


def test_a_payload_that_changes_while_it_waits_is_caught() -> None:
    second = integers(pack(OUTPUTS, COLUMNS))[1]
    with pytest.raises(ScoreboardError, match="cycle 6, event 0, symbol 4"):
        play(board(), stall=frozenset({5, 6}), at=6, payload=second)


@pytest.mark.parametrize(
    ("clock", "pin", "shown"),
    [
        (0, "i_ready", True),
        (2, "i_ready", False),
        (4, "o_valid", True),
        (5, "o_valid", False),
        (3, "early_valid", True),
        (4, "early_valid", False),
    ],
)
def test_wrong_handshakes_are_caught(clock: int, pin: str, shown: bool) -> None:
    name = pin if pin == "early_valid" else pin.replace("_", ".")
    text = rf"cycle {clock}, event 0, symbol 4: {name} is {int(shown)}, expected {int(not shown)}"
    wrong: dict[str, Any] = {pin: shown}
    with pytest.raises(ScoreboardError, match=text):
        play(board(), at=clock, **wrong)


def test_an_early_flag_is_not_repeated_while_results_stall() -> None:
    # Stalled on clock 5, the event in the early place is still there on clock 6.
    with pytest.raises(ScoreboardError, match=r"cycle 6, .*early_valid is 1, expected 0"):
        play(board(), stall=frozenset({5}), at=6, early_valid=True)


def test_a_second_event_is_caught_where_one_is_to_be_alone() -> None:
    with pytest.raises(ScoreboardError, match=rf"cycle {CLEAR + 1}, .*i\.ready is 1, expected 0"):
        play(board(alone=True))


def test_ready_must_fall_with_a_stall() -> None:
    with pytest.raises(ScoreboardError, match=r"i\.ready is 1, expected 0"):
        play(board(), stall=frozenset({6}), at=6, i_ready=True)
