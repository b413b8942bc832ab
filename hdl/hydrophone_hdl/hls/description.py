"""Validation of a description: refusals that only the whole of it shows, and their source lines.

What a single operation shows is refused where it is asked for. Either way the message ends with, or
has in it, the line of the block's own source.
"""

import traceback
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

from hydrophone_hdl.hls.graph import Control, DescriptionError, Input, is_language, place_of
from hydrophone_hdl.hls.memory import Memory, MemoryRead, State, StateRead, fitted
from hydrophone_hdl.hls.number import Number, number
from hydrophone_hdl.hls.schedule_graph import Sink, reached
from hydrophone_model.block import Controls, Ports
from hydrophone_model.fixed import FormatError


@contextmanager
def errors_with_source() -> Generator[None]:
    """Ends the message of an error of the language with the nearest source line outside of it."""
    try:
        yield
    except (ValueError, TypeError, AttributeError) as error:
        steps = list(traceback.walk_tb(error.__traceback__))
        outside = [step for step in steps if not is_language(step[0].f_code)]
        # What the block's own code raises speaks for itself.
        if outside and outside[-1] is not steps[-1]:
            frame, line = outside[-1]
            error.args = (f"{error} ({place_of(frame.f_code, line)})", *error.args[1:])
        raise


def results(outputs: object, ports: Ports, *, early: bool, place: str) -> Iterator[Sink]:
    """The results of a description, as they leave it.

    Args:
        outputs: What it gives.
        ports: The ports of these results.
        early: Whether they leave before the rest.
        place: Its source.

    Raises:
        DescriptionError: A result or an element of one is missing, or there is one too many.
        FormatError: A port's format does not hold every value of its result.
    """
    if not isinstance(outputs, Mapping):
        raise DescriptionError(f"{outputs!r} is no result of a block: give its ports' ({place})")
    given = cast("Mapping[str, object]", outputs)
    for name, port in ports.items():
        elements = given.get(name, ())
        if not isinstance(elements, Sequence):
            raise DescriptionError(f"result {name!r} is {elements!r}: give a list ({place})")
        values = [number(value) for value in cast("Sequence[Number | int]", elements)]
        if len(values) != port.count:
            raise DescriptionError(
                f"result {name!r} has {len(values)} elements, and its port {port.count}: give one "
                f"for each ({place})"
            )
        for element, value in enumerate(values):
            try:
                fitting = fitted(value, port.format, f"result {name!r}")
            except FormatError as error:
                raise FormatError(f"{error} ({value.node.place})") from None
            yield Sink(name, element, fitting.node, early)


def check(sinks: Sequence[Sink], inputs: Sequence[Number], controls: Controls, owner: str) -> None:
    """Refuses a whole description.

    Args:
        sinks: Its results.
        inputs: The inputs that it was given.
        controls: Its run-time settings.
        owner: Name of its class.

    Raises:
        DescriptionError: It has a value of another description, a setting that is none of its own,
            or a state or memory that is never written or has another's name.
        FormatError: A setting's configured value does not fit its format.
    """
    for name, (format, values) in controls.items():
        format.checked(values, f"{owner}.controls: {name}")
    if not inputs or not sinks:
        what = "gives no result" if inputs else "takes no input"
        raise DescriptionError(f"{owner} {what}: give it a port")
    nodes, own = reached(sinks), {value.node for value in inputs}
    users = {operand: node.place for node in nodes for operand in node.operands}
    described = inputs[0].node.place
    memories: dict[State | Memory, None] = {}  # in the order in which they are met
    for node in nodes:
        match node:
            case Input() if node not in own:
                raise DescriptionError(
                    f"input {node.port!r} is another description's "
                    f"({users.get(node, described)}): use what build() is given, anew each time"
                )
            case Control():
                _check_control(node, controls, owner)
            case StateRead():
                memories[node.state] = None
            case MemoryRead():
                memories[node.memory] = None
            case _:
                pass
    _check_memories(memories)


def _check_control(node: Control, controls: Controls, owner: str) -> None:
    name, element = node.setting, node.element
    if name not in controls:
        raise DescriptionError(
            f"{owner}.controls lacks the run-time setting {name!r}: have it give those of the "
            f"parts that the datapath is made of, too ({node.place})"
        )
    format, values = controls[name]
    if format != node.format or element >= len(values):
        raise DescriptionError(
            f"{owner}.controls has {len(values)} x {format} for the run-time setting {name!r}, of "
            f"which element {element} is used as {node.format}: give it as its part does "
            f"({node.place})"
        )


def _check_memories(memories: Iterable[State | Memory]) -> None:
    known: dict[tuple[str, str], str] = {}
    for memory in memories:
        if isinstance(memory, State):
            kind, plural, written = "state", "states", memory.successor
        else:
            kind, plural, written = "memory", "memories", memory.writes
        if not written:
            raise DescriptionError(
                f"{kind} {memory.name!r} is read and never written ({memory.place})"
            )
        other = known.setdefault((kind, memory.name), memory.place)
        if other is not memory.place:
            raise DescriptionError(
                f"two {plural} are named {memory.name!r} ({other}; {memory.place}): give each a "
                "name of its own"
            )
