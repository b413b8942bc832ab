"""What a description must not be is refused with its source line, before anything is built."""

import gc
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.hdl.hls.toy import ToyParams, input_number

from hydrophone_hdl.block import Datapath, Numbers, StreamBlock
from hydrophone_hdl.hls.flags import merged
from hydrophone_hdl.hls.graph import DescriptionError
from hydrophone_hdl.hls.memory import Memory, State
from hydrophone_hdl.hls.number import (
    Number,
    choose,
    constant,
    join,
    largest,
    lookup,
    number,
    select,
    smallest,
    weighted_sum,
)
from hydrophone_hdl.synthesis import verilog_of
from hydrophone_hdl.window import Window
from hydrophone_model.block import Controls, Port
from hydrophone_model.errors import ConfigError
from hydrophone_model.fixed import FLAG, Fixed, FormatError

U2, U3, U4, U8, U9 = (Fixed(integer=bits) for bits in (2, 3, 4, 8, 9))
S4, S8 = Fixed(signed=True, integer=4), Fixed(signed=True, integer=8)
IN = {"x": U8, "s": S8, "who": U2, "b": FLAG}
LINE = r"test_refusals\.py:\d+ \S+"
HALF: Any = 0.5
WRONG: Any = 3
REAL: Any = np.float64(1)
ARRAY: Any = np.arange(2)
LATER = State("elsewhere", members=[(U8, 0)])
LATER.write(LATER.read[0].wrap(U8))


class Given(Datapath):
    """The datapath of a function of the inputs, with two outputs."""

    params: ToyParams
    given: Callable[[Mapping[str, Number]], Any]
    settings: Controls

    @property
    def controls(self) -> Controls:
        return self.settings

    def build(self, inputs: Numbers) -> Numbers:
        found = self.given({name: values[0] for name, values in inputs.items()})
        return {"z": found} if isinstance(found, Sequence) else found


def given(
    describe: Callable[[Mapping[str, Number]], Any], settings: Controls | None = None
) -> Given:
    params = ToyParams(takes=tuple(IN.items()), gives=(("z", U8),))
    datapath = Given(params)
    datapath.given, datapath.settings = describe, settings or {}
    return datapath


def state(i: Mapping[str, Number], **changes: Any) -> State:
    spec: Any = {"address": i["who"], "depth": 4, "members": [(U8, 0)], **changes}
    return State(spec.pop("name", "kept"), **spec)


def state_written(i: Mapping[str, Number], *values: Any, **changes: Any) -> list[Number]:
    memory = state(i, **changes)
    memory.write(*values)
    return [memory.read[0].wrap(U8)]


def window_memory(i: Mapping[str, Number], **changes: Any) -> Memory:
    spec: Any = {"depth": 4, "format": U8, "reuse": 9, **changes}
    return Memory(spec.pop("name", "slots"), **spec)


def kept(i: Mapping[str, Number], *write: Any, enable: Any = 1, **changes: Any) -> list[Number]:
    memory = window_memory(i, **changes)
    memory.write(*(write or (i["who"], i["x"])), enable=enable)
    return [memory.read(i["who"])]


def twice(i: Mapping[str, Number]) -> list[Number]:
    memory = state(i)
    memory.write(i["x"])
    memory.write(i["x"])
    return [memory.read[0]]


def written_twice(i: Mapping[str, Number]) -> list[Number]:
    memory = window_memory(i)
    for _ in range(2):
        memory.write(i["who"], i["x"], enable=1)
    return [memory.read(i["who"])]


def namesakes(i: Mapping[str, Number]) -> list[Number]:
    return [state_written(i, i["x"])[0] ^ state_written(i, i["x"])[0]]


def memory_namesakes(i: Mapping[str, Number]) -> list[Number]:
    return [kept(i)[0] ^ kept(i)[0]]


def control(format: Fixed = U8, place: int = 0, name: str = "c") -> Number:
    part = given(lambda i: [], {name: (format, (0,) * (place + 1))})
    return part.control(name)[place]


REFUSED: dict[str, tuple[Callable[[Mapping[str, Number]], Any], str]] = {
    # results
    "a wide result": (lambda i: [i["x"] + 1], "result 'z' is u9.0, which u8.0 does not hold: to()"),
    "a signed result": (lambda i: [i["s"]], "result 'z' is s8.0, which u8.0 does not hold"),
    "a fraction": (lambda i: [i["x"].read_as(Fixed(integer=4, fraction=4))], "result 'z' is u4.4"),
    "too few elements": (lambda i: [], "result 'z' has 0 elements, and its port 1: give one for"),
    "too many elements": (lambda i: [i["x"], i["x"]], "result 'z' has 2 elements, and its port 1"),
    "no result of a port": (lambda i: {"y": [i["x"]]}, "result 'z' has 0 elements"),
    "no list": (lambda i: {"z": i["x"]}, "result 'z' is .*: give a list"),
    "nothing": (lambda i: None, "None is no result of a block: give its ports'"),
    # states
    "state written twice": (twice, "state 'kept' is written a second time: choose with select()"),
    "state never written": (lambda i: [state(i).read[0]], "state 'kept' is read and never written"),
    "too few members": (
        lambda i: state_written(i),
        "state 'kept' is written 0 values, and has 1 members",
    ),
    "too many members": (
        lambda i: state_written(i, 0, 0),
        "state 'kept' is written 2 values, and has 1",
    ),
    "a wide successor": (
        lambda i: state_written(i, i["x"] + 1),
        "what is written to state 'kept' is u9.0, which u8.0 does not hold",
    ),
    "a wide address": (
        lambda i: state_written(i, i["x"], address=i["x"]),
        "an address of state 'kept' is u8.0, and 2 bits count to its depth of 4",
    ),
    "a constant beyond": (
        lambda i: state_written(i, i["x"], address=3, depth=3),
        "the address 3 of state 'kept' is not below its depth of 3",
    ),
    "a signed address": (
        lambda i: state_written(i, 0, address=i["s"]),
        "an address is an unsigned integ",
    ),
    "no entry": (
        lambda i: state_written(i, 0, depth=0),
        "state 'kept' has a depth of 0: give 1 or more",
    ),
    "fewer entries": (lambda i: state_written(i, 0, depth=-4), "state 'kept' has a depth of -4"),
    "half an entry": (
        lambda i: state_written(i, 0, depth=2.5),
        "2.5 is neither a number nor an integer",
    ),
    "no member": (lambda i: state_written(i, members=[]), "state 'kept' has no members"),
    "no address": (
        lambda i: state_written(i, 0, address=None),
        "state 'kept' has 4 entries: give the",
    ),
    "an event's first value": (
        lambda i: state_written(i, 0, members=[(U8, (i["x"] & 3).wrap(U8))]),
        "a first value of state 'kept' follows from an event",
    ),
    "a state's first value": (
        lambda i: state_written(i, 0, members=[(U8, state(i, name="b").read[0])]),
        "a first value of state 'kept' follows from an event",
    ),
    "a wide first value": (
        lambda i: state_written(i, 0, members=[(U8, number(256))]),
        "a first value of state 'kept' is u9.0, which u8.0 does not hold",
    ),
    "a first value out of range": (
        lambda i: state_written(i, 0, members=[(U8, 256)]),
        r"constant[0] = 256 does not fit u8.0",
    ),
    "no name": (lambda i: state_written(i, 0, name="a b"), "state 'a b' has no name of letters"),
    "an empty name": (lambda i: kept(i, name=""), "memory '' has no name of letters, digits and _"),
    "two states of a name": (namesakes, "two states are named 'kept' "),
    # memories
    "written twice": (
        written_twice,
        "memory 'slots' is written a second time: choose with select()",
    ),
    "never written": (
        lambda i: [window_memory(i).read(i["who"])],
        "memory 'slots' is read and never written",
    ),
    "a wide enable": (
        lambda i: kept(i, enable=i["who"]),
        "the enable of memory 'slots' has one bit, not u2.0: use any() or compare",
    ),
    "a wide slot": (
        lambda i: kept(i, i["who"], i["x"] + 1),
        "what is written to memory 'slots' is u9.0, which u8.0 does not hold",
    ),
    "a wide write address": (
        lambda i: kept(i, i["x"], i["x"]),
        "an address of memory 'slots' is u8.0, and 2 bits count to its depth of 4",
    ),
    "a wide read address": (
        lambda i: [window_memory(i).read(i["x"])],
        "an address of memory 'slots' is u8.0, and 2 bits count to its depth of 4",
    ),
    "no slot": (lambda i: kept(i, depth=0), "memory 'slots' has a depth of 0: give 1 or more"),
    "no reuse": (lambda i: kept(i, reuse=0), "memory 'slots' has a reuse of 0"),
    "two memories of a name": (memory_namesakes, "two memories are named 'slots' "),
    "a wide push": (
        lambda i: Window("w", i["who"], i["x"], symbols=4, length=4, push=i["who"]).gone,
        "the push of window 'w' has one bit, not u2.0: use any() or compare",
    ),
    "no symbol": (
        lambda i: Window("w", i["who"], i["x"], symbols=0, length=4).gone,
        "state 'w_slot' has a depth of 0",
    ),
    "a wide symbol": (
        lambda i: Window("w", i["x"], i["x"], symbols=4, length=4).gone,
        "an address of state 'w_slot' is u8.0, and 2 bits count to its depth of 4",
    ),
    # others' values
    "another block's input": (
        lambda i: [(input_number("x", U8) ^ i["x"]).wrap(U8)],
        "input 'x' is another description's",
    ),
    "another block's input alone": (
        lambda i: [input_number("x", U8)],
        "input 'x' is another descr",
    ),
    "a setting of none": (lambda i: [control()], r"Given.controls lacks the run-time setting 'c'"),
    "a setting's missing element": (
        lambda i: [control(place=2, name="two")],
        "Given.controls has 2 x u8.0 for the run-time setting 'two', of which element 2",
    ),
    "a setting of another format": (
        lambda i: [control(U4, name="two")],
        "of which element 0 is used as u4.0: give it as its part does",
    ),
    "a setting by a wrong name": (
        lambda i: given(lambda i: []).control("none"),
        "Given.controls has no 'none': give it there",
    ),
    # operations
    "a long table": (
        lambda i: [lookup(range(5), i["who"]).wrap(U8)],
        "5 entries of a table, of which an index of u2.0 reaches 4: widen the index",
    ),
    "a table of reals": (
        lambda i: [lookup([HALF], i["who"])],
        "0.5 is neither a number nor an int",
    ),
    "a table of nothing": (lambda i: [lookup([], i["who"])], "there are no entries of a table"),
    "a long choice": (lambda i: [choose(i["who"], [i["x"]] * 5)], "5 values to choose, of which"),
    "a choice of nothing": (lambda i: [choose(i["who"], [])], "there are no values to choose"),
    "the largest of nothing": (lambda i: [largest([])], "there are no values to compare"),
    "the least of nothing": (lambda i: [smallest([])], "there are no values to compare"),
    "nothing joined": (lambda i: [join()], "there are no parts to join"),
    "nothing merged": (lambda i: [merged([], [])], "there are no values to merge"),
    "a flag less": (
        lambda i: [merged([i["b"]], [i["x"]] * 2)],
        "there are 2 values to merge and 1 flags",
    ),
    "a negative left shift": (
        lambda i: [i["x"] << -1],
        "x << -1 shifts the other way: write x >> 1",
    ),
    "a negative right shift": (lambda i: [i["x"] >> np.int8(-2)], "x >> -2 shifts the other way"),
    "a long shift": (
        lambda i: [i["x"] << 2**40],
        "u8.0 shifted left by 1099511627776 is wider than",
    ),
    "a long shift of a number": (
        lambda i: [i["x"] << join(i["x"], i["x"], i["x"], i["x"])],
        "u8.0 shifted left by 4294967295 is wider than 63 bits",
    ),
    "a real shift": (lambda i: [i["x"] << HALF], "0.5 is neither a number nor an integer"),
    "a real operand": (lambda i: [i["x"] + REAL], "neither a number nor an integer"),
    "an array": (lambda i: [i["x"] + ARRAY], "neither a number nor an integer"),
    "a reflected array": (lambda i: [ARRAY + i["x"]], "neither a number nor an integer"),
    "an integer joined": (
        lambda i: [join(i["x"], WRONG)],
        "3 has no width to be joined by: give constant(3, format)",
    ),
    "no format": (lambda i: [i["x"].wrap(WRONG)], "3 is no number format: give a Fixed"),
    "no format to convert to": (lambda i: [i["x"].to(WRONG)], "3 is no number format"),
    "no format to read as": (lambda i: [i["x"].read_as(WRONG)], "3 is no number format"),
    "a constant of no format": (lambda i: [constant(1, WRONG)], "3 is no number format"),
    "a member of no format": (
        lambda i: state_written(i, 0, members=[(WRONG, 0)]),
        "3 is no number form",
    ),
    "a memory of no format": (lambda i: kept(i, format=WRONG), "3 is no number format"),
    "a weight less": (lambda i: [weighted_sum([i["x"]] * 2, [1])], "2 values and 1 weights"),
    "a name that is none": (
        lambda i: state_written(i, 0, name=3),
        "state 3 has no name of letters",
    ),
    "a window of half a value": (
        lambda i: Window("w", 0, i["x"], symbols=1, length=HALF).gone,
        "0.5 is neither a number nor an integer",
    ),
    "a wide condition": (lambda i: [select(i["who"], 1, 0)], "a condition has one bit, not u2.0"),
    "a constant out of range": (lambda i: [constant(2**70, U8)], "does not fit u8.0 (raw 0 … 255)"),
    "nothing left": (
        lambda i: [i["x"].read_as(Fixed(integer=0, fraction=8)).cut(0)],
        "cutting u0.8 to 0 fraction bits leaves nothing of it",
    ),
    "a format of halves": (
        lambda i: [i["x"].to(Fixed(integer=HALF))],
        "integer = 0.5 of a number fo",
    ),
    "too wide a product": (
        lambda i: [join(*[i["x"]] * 4) * join(*[i["x"]] * 4)],
        "u64.0 is 64 bits wide, outside 1 … 63",
    ),
    "a truth value": (lambda i: [i["x"] if i["b"] else 0], "a number has no truth value"),
}
TWO: Controls = {"two": (U8, (1, 2))}


@pytest.mark.parametrize("what", REFUSED)
def test_a_wrong_description_is_refused_with_its_source_line(what: str) -> None:
    describe, text = REFUSED[what]
    with pytest.raises((DescriptionError, FormatError, TypeError)) as caught:
        given(describe, TWO).describe()
    message = str(caught.value)
    assert re.search(text.replace("(", r"\(").replace(")", r"\)").replace("[", r"\["), message), (
        message
    )
    assert re.search(rf"\((read .* at )?{LINE}[);]", message), message


def test_a_control_out_of_range_is_refused() -> None:
    for value in (256, -1):
        settings = {"c": (U8, (3, value))}
        datapath = given(lambda i: [i["x"]], settings)
        text = rf"Given.controls: c\[1\] = {value} does not fit u8.0 \(raw 0 … 255\)"
        with pytest.raises(FormatError, match=text):
            datapath.describe()


def test_a_value_of_a_description_before_is_refused() -> None:
    seen: list[Number] = []

    def remembering(i: Mapping[str, Number]) -> list[Number]:
        seen.append(i["x"])
        return [(seen[0] & i["x"]).wrap(U8)]

    datapath = given(remembering)
    datapath.describe()
    with pytest.raises(DescriptionError, match=rf"input 'x' is another description's \({LINE}\)"):
        datapath.describe()


def test_a_state_of_another_description_is_refused() -> None:
    _ = given(lambda i: [(LATER.read[0] ^ i["x"]).wrap(U8)]).schedule
    text = rf"state u8.0 is part of another description, .* \({LINE}\): make it in build\(\)"
    with pytest.raises(DescriptionError, match=text):
        _ = given(lambda i: [(LATER.read[0] & i["x"]).wrap(U8)]).schedule


def test_a_port_has_an_element() -> None:
    for count in (0, -1, 1.5):
        with pytest.raises(ConfigError, match=rf"count = {count} of a port: give 1 or more"):
            Port(U8, count)  # pyright: ignore[reportArgumentType] - refused


def test_a_block_has_ports() -> None:
    params = ToyParams(takes=(), gives=(("z", U8),))
    for none, text in (
        (params, "Given takes no input"),
        (replace(params, takes=(("x", U8),), gives=()), "Given gives no result"),
    ):
        datapath = Given(none)
        datapath.given, datapath.settings = (lambda i: [number(1)]), {}
        with pytest.raises(DescriptionError, match=text):
            datapath.describe()


def test_no_refusal_spills_warnings_of_unused_parts() -> None:
    verilog_of(StreamBlock(given(lambda i: [i["x"]])))  # from the first that is used on, it warns
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for describe, _ in REFUSED.values():
            with pytest.raises((DescriptionError, FormatError, TypeError)):
                verilog_of(StreamBlock(given(describe, TWO)))
        gc.collect()
    assert not [str(warning.message) for warning in caught]
