"""A schedule is shared by datapaths that are made of the same, and by no others."""

import gc
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np
import pytest
from amaranth.hdl import Module, UnusedElaboratable

from hydrophone_hdl.block import ControlledBlock, Datapath, Numbers, StreamBlock
from hydrophone_hdl.hls.graph import Node
from hydrophone_hdl.hls.sameness import Unknown, made_of
from hydrophone_hdl.hls.schedule import ScheduleError
from hydrophone_hdl.synthesis import verilog_of
from hydrophone_hdl.top import WhaleTop
from hydrophone_model.block import Model, Params, Port, Ports
from hydrophone_model.fixed import FLAG, Fixed, Raw, Rounding
from hydrophone_model.timing import Timing
from hydrophone_model.whale.pipeline import PipelineParams
from hydrophone_sim.custom import prove

U8, U16 = Fixed(integer=8), Fixed(integer=16)


@dataclass(frozen=True, kw_only=True)
class GainParams(Params):
    name: ClassVar[str] = "gain"
    gains: Any = field(default=(1,), hash=True)

    @property
    def inputs(self) -> Ports:
        return {"x": Port(U8)}

    @property
    def outputs(self) -> Ports:
        return {"z": Port(U16)}


class Gain(Datapath):
    """Its gain is no parameter, but an argument."""

    params: GainParams

    def __init__(self, params: GainParams, gain: Any, *, twice: bool = False) -> None:
        super().__init__(params)
        self.gain, self.twice = gain, twice

    def build(self, inputs: Numbers) -> Numbers:
        gain = self.gain(self.params) if callable(self.gain) else self.gain
        gain = gain * self.params.gains[0] * (1 + self.twice)
        return {"z": [(inputs["x"][0] * gain).wrap(U16)]}


class Both(Datapath):
    """Made of others, one of them its own."""

    params: GainParams

    def __init__(self, *parts: Datapath) -> None:
        super().__init__(parts[0].params)
        self.parts: Any = {"all": list(parts)}

    def build(self, inputs: Numbers) -> Numbers:
        for part in self.parts["all"]:
            inputs = {"x": [part.build(inputs)["z"][0].bits(0, 8)]}
        return {"z": inputs["x"]}


def text(datapath: Datapath) -> list[str]:
    """What is scheduled."""
    graph = datapath.schedule.graph
    return [f"{node} {node.format} {own(node)}" for node in (*graph.invariant, *graph.nodes)]


def own(node: Node) -> dict[str, object]:
    """What a node of its class has besides every node's."""
    return {
        field.name: getattr(node, field.name)
        for field in fields(node)
        if field.name not in {field.name for field in fields(Node)}
    }


P = GainParams()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: Gain(P, 1), lambda: Gain(P, 37)),
        (lambda: Gain(P, 3), lambda: Gain(P, 3, twice=True)),
        (lambda: Gain(GainParams(gains=[3]), 1), lambda: Gain(GainParams(gains=[5]), 1)),
        (lambda: Gain(P, lambda _: 3), lambda: Gain(P, lambda _: 5)),
        (lambda: Both(Gain(P, 3)), lambda: Both(Gain(P, 5))),
        (lambda: Both(Gain(P, 3)), lambda: Both(Gain(P, 3), Gain(P, 3))),
    ],
    ids=["argument", "keyword", "list in parameters", "function", "part", "another part"],
)
def test_other_arguments_are_other_hardware(
    one: Callable[[], Datapath], other: Callable[[], Datapath]
) -> None:
    assert text(one()) == text(one()) != text(other())


def test_what_is_the_same_is_scheduled_once() -> None:
    for make in (
        lambda: Gain(P, 3),
        lambda: Both(Gain(P, 3), Gain(GainParams(gains=[2]), 5)),
        lambda: Gain(P, np.int64(3)),
    ):
        assert make().schedule is make().schedule
    own = Gain(P, lambda _: 3)
    assert own.schedule is own.schedule
    assert own.schedule is not Gain(P, own.gain).schedule


def test_an_argument_that_changes_is_followed() -> None:
    datapath, listed = Gain(P, 3), Gain(GainParams(gains=[3]), 1)
    before = text(datapath), text(listed)
    datapath.gain = 5
    listed.params.gains[0] = 5
    assert text(datapath) != before[0]
    assert text(listed) != before[1]


def test_a_type_is_part_of_what_an_object_is_made_of() -> None:
    values: list[object] = [
        1,
        1.0,
        True,
        np.int8(1),
        "1",
        b"1",
        None,
        0.0,
        -0.0,
        FLAG,
        Rounding.FLOOR,
    ]
    values += [[1], (1,), {1}, frozenset({1}), {1: 1}, np.ones(1), np.ones(1, int), np.ones((1, 1))]
    values += [np.array([1, 2], object), np.array([1, 2.0], object), np.array([[1], [2]], object)]
    values += [Fixed(integer=2), [[1]], Gain(P, 1), Gain(P, 1.0), GainParams(), Timing()]
    keys = [made_of(value, (Datapath,)) for value in values]
    assert len(set(keys)) == len(keys)


def test_what_cannot_be_told_is_said() -> None:
    ring: list[object] = []
    ring.append(ring)
    values: list[object] = [lambda: 3, object(), ring, [object()], Gain(P, ring)]
    for value in (*values, np.array([object()])):
        with pytest.raises(Unknown):
            made_of(value, (Datapath,))


def test_a_component_that_is_not_used_leaves_no_warning() -> None:
    """Be it refused, asked for its latency alone, or made for an engine that there is not."""
    verilog_of(StreamBlock(Gain(P, 1)))  # Amaranth warns from the first that is used on
    fast = PipelineParams().at(Timing("ecp5", 900))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for refused in (
            lambda: StreamBlock(Gain(GainParams(timing=Timing("ecp5", 1000)), 77)),
            lambda: ControlledBlock(Gain(GainParams(timing=Timing("ecp5", 1000)), 77)),
            lambda: WhaleTop(fast),
        ):
            with pytest.raises(ScheduleError):
                refused()
        assert StreamBlock(Gain(P, 1)).latency
        with pytest.raises(KeyError, match="no engine 'none'"):
            prove(Gain(P, 1), Same(), engine="none")
        gc.collect()
        assert not caught
        Module()
        gc.collect()
        assert [warning.category for warning in caught] == [UnusedElaboratable]


class Same(Model):
    def reset(self) -> None: ...

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        return {"z": inputs["x"]}
