"""Waveform annotation: the numbers of a block's streams beside their packed payloads.

A scope ``ports`` is added to the VCD file: under ``i``, ``o`` and ``early`` the ports as they are
on the pins, with the number of the event, under ``expected`` and ``expected_early`` what the model
says they are, and ``differs``, high while a result shown is another than the model's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hydrophone_model.block import Ports
from hydrophone_model.fixed import Fixed

SCOPE = "ports"
EVENT = Fixed(integer=32)
"""Format of an event's number."""
_FLAG = Fixed(integer=1)


@dataclass(frozen=True)
class Pins:
    """Names of a block's signals in a waveform's top scope.

    Attributes:
        top: The scope, for viewers.
        clock: The clock.
        input: Payload of the input stream; valid and ready follow its name.
        output: Payload of the output stream, likewise.
        early: Early results, or nothing.
    """

    top: str = "TOP"
    clock: str = "clk"
    input: tuple[str, str, str] = ("i_payload", "i_valid", "i_ready")
    output: tuple[str, str, str] = ("o_payload", "o_valid", "o_ready")
    early: tuple[str, str] = ("early", "early_valid")

    def of(self, block: str) -> "Pins":
        """The pins of a block of the `hydrophone_sim.benches.multi_block_top.MultiBlockTop`."""

        def named(names: Sequence[str]) -> tuple[str, ...]:
            return tuple(f"{block}_{name}" for name in names)

        i, o, early = named(self.input), named(self.output), named(self.early)
        return Pins(
            self.top,
            f"{block}_{self.clock}",
            (i[0], i[1], i[2]),
            (o[0], o[1], o[2]),
            (early[0], early[1]),
        )


class HasStreams(Protocol):
    """What has ports of streams: a block's parameters for one."""

    @property
    def inputs(self) -> Ports:
        """Of the input stream."""
        ...

    @property
    def outputs(self) -> Ports:
        """Of the output stream."""
        ...

    @property
    def early(self) -> Ports:
        """Of the early results, if there are any."""
        ...


@dataclass(frozen=True)
class Streams:
    """Ports of streams that no block's parameters name; see `HasStreams`."""

    inputs: Ports
    outputs: Ports
    early: Ports


@dataclass(frozen=True)
class ModelSample:
    """Expected results: what the model says is shown from a time on.

    Attributes:
        time: In the waveform's unit.
        offered: Number of the event that is offered, if one is.
        result: Number of the event whose result is shown, if one is.
        expected: Its payload by the model; None where it is not known.
        flagged: Number of the event whose early result is shown, if one is.
        early: Its payload by the model; None where it is not known.
    """

    time: int
    offered: int
    result: int
    expected: int | None = None
    flagged: int = 0
    early: int | None = None


@dataclass
class Trace:
    """A signal that was added.

    Attributes:
        scope: Below `SCOPE`, empty for that itself.
        name: Within it.
        format: Of its number.
        code: In the file.
        value: Written last; None for unknown.
    """

    scope: str
    name: str
    format: Fixed
    code: str
    value: int | None = field(default=-1)

    @property
    def path(self) -> str:
        """Its name for viewers."""
        bits = f"[{self.format.width - 1}:0]" if self.format.width > 1 else ""
        return ".".join(filter(None, (SCOPE, self.scope, self.name))) + bits

    def declared(self) -> str:
        """Its declaration."""
        width = self.format.width
        bits = f" [{width - 1}:0]" if width > 1 else ""
        return f"$var wire {width} {self.code} {self.name}{bits} $end\n"

    def change(self, value: int | None) -> str:
        """The line of a change; nothing if there is none."""
        if value == self.value:
            return ""
        self.value = value
        bits = "x" if value is None else f"{value:b}"
        return f"{bits}{self.code}\n" if self.format.width == 1 else f"b{bits} {self.code}\n"


class Annotated:
    """Adds the signals of a block to the VCD text of its pins.

    Args:
        streams: Of the block.
        pins: What its signals are called.
        samples: What the model says, in order of time.
    """

    def __init__(self, streams: HasStreams, pins: Pins, samples: Sequence[ModelSample]) -> None:
        self._streams, self._pins, self._samples = streams, pins, samples
        self._groups: dict[str, list[Trace]] = {}
        self.traces: list[Trace] = []
        groups: list[tuple[str, Ports]] = [("i", streams.inputs), ("o", streams.outputs)]
        groups += [("expected", streams.outputs)]
        if streams.early:
            groups += [("early", streams.early), ("expected_early", streams.early)]
        for scope, ports in groups:
            if not scope.startswith("expected"):
                self._add(scope, "event", EVENT)
            for name, port in ports.items():
                for place in range(port.count):
                    self._add(scope, f"{name}_{place}" if port.count > 1 else name, port.format)
        self._add("", "differs", _FLAG)

    def _add(self, scope: str, name: str, format: Fixed) -> None:
        trace = Trace(scope, name, format, f"hydro{len(self.traces)}")
        self.traces.append(trace)
        self._groups.setdefault(scope, []).append(trace)

    def write(self, source: Path, target: Path) -> None:
        """Reads a VCD file and writes it with the additional signals."""
        with (
            source.open(encoding="utf-8") as lines,
            target.open("w", encoding="utf-8") as file,
        ):
            file.writelines(self._lines(lines))

    def _lines(self, lines: Iterator[str]) -> Iterator[str]:
        codes: dict[str, str] = {}
        depth = 0
        for line in lines:
            words = line.split()
            match words[:1]:
                case ["$scope"]:
                    depth += 1
                    line = line.replace(" $rootio ", f" {self._pins.top} ")
                case ["$upscope"]:
                    depth -= 1
                case ["$var"]:
                    code, name = words[3:5]
                    if depth == 1:
                        codes.setdefault(name, code)
                    if name.startswith("$"):  # a net without a name, which no identifier begins so
                        line = line.replace(f" {name} ", f" _{name[1:]} ", 1)
                case ["$enddefinitions"]:
                    yield from self._declarations()
                    yield line
                    break
                case _:
                    pass
            yield line
        yield from self._changes(lines, codes)

    def _declarations(self) -> Iterator[str]:
        yield f"$scope module {SCOPE} $end\n"
        for scope, traces in self._groups.items():
            if scope:
                yield f"$scope module {scope} $end\n"
            for trace in traces:
                yield trace.declared()
            if scope:
                yield "$upscope $end\n"
        yield "$upscope $end\n"

    def _changes(self, lines: Iterator[str], codes: Mapping[str, str]) -> Iterator[str]:
        wanted = {name for names in self._names() for name in names}
        values = {codes[name]: 0 for name in wanted if name in codes}
        time = None
        for line in lines:
            if line.startswith("#"):
                if time is not None:
                    yield from self._at(time, lambda name: values.get(codes.get(name, ""), 0))
                time = int(line[1:])
            elif line.startswith("b"):
                bits, _, code = line[1:].strip().partition(" ")
                if code in values:
                    values[code] = int(bits.replace("x", "0").replace("z", "0"), 2)
            elif line[:1] in ("0", "1") and line[1:].strip() in values:
                values[line[1:].strip()] = int(line[0])
            yield line
        if time is not None:
            yield from self._at(time, lambda name: values.get(codes.get(name, ""), 0))

    def _names(self) -> Iterator[Sequence[str]]:
        yield self._pins.input
        yield self._pins.output
        yield self._pins.early

    def _at(self, time: int, value: Callable[[str], int]) -> Iterator[str]:
        """Changes at the end of a time step."""
        pins, streams = self._pins, self._streams
        while len(self._samples) > 1 and self._samples[1].time <= time:
            self._samples = self._samples[1:]
        known = self._samples[0] if self._samples and self._samples[0].time <= time else None
        shown, early = value(pins.output[1]) == 1, value(pins.early[1]) == 1
        output, flag = value(pins.output[0]), value(pins.early[0])
        wanted = known.expected if known and shown else None
        wanted_early = known.early if known and early else None
        yield from self._group(
            "i",
            streams.inputs,
            value(pins.input[0]),
            known.offered if known and value(pins.input[1]) else None,
        )
        yield from self._group(
            "o", streams.outputs, output, known.result if known and shown else None
        )
        yield from self._group("expected", streams.outputs, wanted)
        if streams.early:
            yield from self._group(
                "early", streams.early, flag, known.flagged if known and early else None
            )
            yield from self._group("expected_early", streams.early, wanted_early)
        differs = (wanted is not None and wanted != output) or (
            wanted_early is not None and wanted_early != flag
        )
        yield self._groups[""][0].change(int(differs))

    def _group(
        self, scope: str, ports: Ports, payload: int | None, *event: int | None
    ) -> Iterator[str]:
        """Changes of the event's number, where the group has one, and of each element."""
        traces = iter(self._groups[scope])
        for number in event:
            yield next(traces).change(number)
        for port in ports.values():
            for _ in range(port.count):
                width = port.format.width
                element = None if payload is None else payload & ((1 << width) - 1)
                payload = None if payload is None else payload >> width
                yield next(traces).change(element)
