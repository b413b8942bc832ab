"""Compiled block: a stream block as a native library, fed with batches of events."""

import ctypes
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrophone_hdl.block import StreamComponent
from hydrophone_model.block import Values
from hydrophone_model.errors import HydrophoneError
from hydrophone_model.fixed import Raw
from hydrophone_model.timing import Timing
from hydrophone_sim.engines import COVERED, ENGINES, TRACED, Engine, Say, compile_block
from hydrophone_sim.ports import pack, unpack, words

FAULTS = (
    "",
    "i.ready is not what the handshake predicts",
    "o.valid is not what the latency predicts",
    "o.payload changed while the result was not taken",
    "not done within the clocks allowed",
    "the design did not settle in one evaluation",
    "early_valid is not what the latency predicts",
)
_LIMIT = 4


class SimulationError(HydrophoneError, RuntimeError):
    """The compiled hardware broke the rules of its streams; the message tells clock and rule.

    Args:
        message: What it broke.
        clock: When, counted from the batch's first; of a `HardwareImplementation` from its reset.
    """

    def __init__(self, message: str, clock: int | None = None) -> None:
        super().__init__(message)
        self.clock = clock


class _Batch(ctypes.Structure):
    """`hydrophone::Batch` of driver.hpp."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("input", "output", "accepted", "offered")),
        *((name, ctypes.c_void_p) for name in ("early", "flagged")),
        *((name, ctypes.c_void_p) for name in ("valids", "readies")),
        *((name, ctypes.c_uint64) for name in ("valids_length", "readies_length")),
        *((name, ctypes.c_uint64) for name in ("count", "limit", "seed")),
        *((name, ctypes.c_uint32) for name in ("gap", "stall")),
        *((name, ctypes.c_uint64) for name in ("clocks", "events", "results", "flags")),
        ("fault_clock", ctypes.c_uint64),
        *((name, ctypes.c_uint32) for name in ("fault", "reserved")),
    )


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """When events are offered and results taken.

    Attributes:
        gap: Chance that a clock offers no event.
        stall: Chance that a clock takes no result.
        seed: Of both.
        valids: Pattern of clocks that offer an event, repeated; instead of ``gap``.
        readies: Pattern of clocks that take a result, repeated; instead of ``stall``.
    """

    gap: float = 0.0
    stall: float = 0.0
    seed: int = 0
    valids: tuple[int, ...] = ()
    readies: tuple[int, ...] = ()


FULL_SPEED = Traffic()


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a batch did.

    Attributes:
        outputs: Columns of the results taken.
        accepted: Clock of each event's acceptance.
        offered: Clock on which each result was first offered.
        early: Columns of the early results, of a block that has them.
        flagged: Clock on which each of them was offered.
        clocks: Clocks used.
    """

    outputs: dict[str, Raw]
    accepted: NDArray[np.uint64]
    offered: NDArray[np.uint64]
    early: dict[str, Raw]
    flagged: NDArray[np.uint64]
    clocks: int


def to_stderr(line: str) -> None:
    """Shows a line of progress to a person."""
    print(line, file=sys.stderr, flush=True)


class CompiledBlock:
    """A stream block as native code. State persists from batch to batch.

    The driver predicts ready and valid on every clock from the block's latencies, of results and
    of early ones, and checks that a result stays as it is until it is taken; so outputs that are
    right are right on every clock.

    Args:
        block: The hardware.
        engine: ``cxxrtl`` or ``verilated``.
        say: Told when something takes long.

    Attributes:
        counts: It counts what the stimulus reaches.

    Raises:
        KeyError: There is no such engine.
        ToolError: A tool is missing or failed.
    """

    def __init__(
        self, block: StreamComponent, *, engine: str = "cxxrtl", say: Say = to_stderr
    ) -> None:
        self.engine, self.counts = engine, engine == COVERED.name
        self.latency, self.early_latency = block.latency, block.early_latency
        self.initiation_interval, self.clear_cycles = block.initiation_interval, block.clear_cycles
        self.ports = block.params
        library = ctypes.CDLL(str(compile_block(block, self._compiler(engine), say)))
        library.hydrophone_new.restype = ctypes.c_void_p
        for function in (library.hydrophone_free, library.hydrophone_reset):
            function.argtypes = (ctypes.c_void_p,)
        library.hydrophone_run.argtypes = (ctypes.c_void_p, ctypes.POINTER(_Batch))
        self._library = library
        self._handle: int | None = library.hydrophone_new()

    @staticmethod
    def _compiler(name: str) -> Engine:
        if name == COVERED.name:
            return COVERED
        if name not in ENGINES:
            raise KeyError(f"no engine {name!r}: use one of {', '.join(ENGINES)}")
        return ENGINES[name]

    def write_coverage(self, path: Path) -> None:
        """Writes what was reached since the block was made, of the engine ``covered`` alone.

        Args:
            path: The file, in Verilator's form; see `hydrophone_sim.coverage`.
        """
        cover = self._library.hydrophone_cover
        cover.argtypes = (ctypes.c_void_p, ctypes.c_char_p)
        cover(self._opened, str(path).encode())

    def close(self) -> None:
        """Frees the simulation."""
        # Never freed twice, though a signal handler may raise between any two steps.
        handle, self._handle = self._handle, None
        if handle is not None:
            self._library.hydrophone_free(handle)

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()

    def reset(self) -> None:
        """Resets the hardware, whatever is in flight; the state's sweep takes the next clocks."""
        self._library.hydrophone_reset(self._opened)

    def sweep(self) -> None:
        """Lets the clocks after a reset pass, in which the state begins by its settings."""
        idle = {
            name: np.zeros((1, port.count), np.int64) for name, port in self.ports.inputs.items()
        }
        self.run(idle, traffic=Traffic(valids=(0,)), abandon_after=self.clear_cycles)

    def run(
        self, inputs: Values, *, traffic: Traffic = FULL_SPEED, abandon_after: int | None = None
    ) -> Run:
        """Sends a batch of events through and collects all results.

        Args:
            inputs: One column a port.
            traffic: When events are offered and results taken.
            abandon_after: Stops after so many clocks, with what is in flight lost to the next
                `reset`, which must follow.

        Raises:
            FormatError: A value does not fit its port.
            SimulationError: The hardware broke the rules of its streams.
        """
        run, error = self.attempt(inputs, traffic=traffic, abandon_after=abandon_after)
        if error is not None:
            raise error
        return run

    def attempt(
        self, inputs: Values, *, traffic: Traffic, abandon_after: int | None = None
    ) -> tuple[Run, SimulationError | None]:
        """As `run`, but tells what came before the hardware broke a rule, and which one."""
        packed = np.ascontiguousarray(pack(self.ports.inputs, inputs))
        count = len(packed)
        output = np.zeros((count, words(self.ports.outputs)), np.uint32)
        early = np.zeros((count, words(self.ports.early)), np.uint32)
        accepted, offered, flagged = (np.zeros(count, np.uint64) for _ in range(3))
        valids, readies = (
            np.array(pattern, np.uint8) for pattern in (traffic.valids, traffic.readies)
        )
        batch = _Batch(
            input=packed.ctypes.data,
            output=output.ctypes.data,
            accepted=accepted.ctypes.data,
            offered=offered.ctypes.data,
            early=early.ctypes.data,
            flagged=flagged.ctypes.data,
            valids=valids.ctypes.data if valids.size else None,
            readies=readies.ctypes.data if readies.size else None,
            valids_length=valids.size,
            readies_length=readies.size,
            count=count,
            limit=abandon_after if abandon_after is not None else self._limit(count, traffic),
            seed=traffic.seed,
            gap=_chance(traffic.gap),
            stall=_chance(traffic.stall),
        )
        self._library.hydrophone_run(self._opened, ctypes.byref(batch))
        error = None
        if batch.fault and not (batch.fault == _LIMIT and abandon_after is not None):
            error = SimulationError(
                f"{self.ports.name} on {self.engine}, clock {batch.fault_clock} (event "
                f"{batch.events}, result {batch.results}, {traffic}): {FAULTS[batch.fault]}",
                int(batch.fault_clock),
            )
        run = Run(
            outputs=unpack(self.ports.outputs, output[: batch.results]),
            accepted=accepted[: batch.events],
            offered=offered[: batch.results],
            early=unpack(self.ports.early, early[: batch.flags]),
            flagged=flagged[: batch.flags],
            clocks=int(batch.clocks),
        )
        return run, error

    @property
    def _opened(self) -> int:
        """The simulation, which the library would look for anywhere once it is freed."""
        if self._handle is None:
            raise RuntimeError(f"the simulation of {self.ports.name} is closed: make a new one")
        return self._handle

    def _limit(self, count: int, traffic: Traffic) -> int:
        """Clocks after which a batch hangs."""
        shares = [1 - traffic.gap, 1 - traffic.stall]
        shares += [sum(p) / len(p) for p in (traffic.valids, traffic.readies) if p]
        each = 4 / max(min(shares), 1e-3)
        clocks = count * self.initiation_interval + self.latency + 1000
        return int(clocks * each) + self.clear_cycles


class TracedBlock(CompiledBlock):
    """A compiled block that writes a waveform of some clocks.

    Args:
        block: The hardware.
        path: VCD file to write, complete once the block is closed; in picoseconds, clock k from
            here begins with the edge at k periods of the block's clock.
        first: First clock of it.
        last: Last clock of it.
        say: Told when something takes long.
    """

    def __init__(
        self, block: StreamComponent, *, path: Path, first: int, last: int, say: Say = to_stderr
    ) -> None:
        super().__init__(block, engine=TRACED.name, say=say)
        trace = self._library.hydrophone_trace
        trace.argtypes = (
            *(ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint64),
            ctypes.c_double,
        )
        period = period_ps(block.params.timing)
        trace(self._handle, str(path).encode(), max(first, 0), last, period)

    @staticmethod
    def _compiler(name: str) -> Engine:
        return TRACED


def period_ps(timing: Timing) -> float:
    """Picoseconds of a clock."""
    return 1e6 / timing.clock_mhz


def _chance(share: float) -> int:
    return min(int(share * 2**32), 2**32 - 1)
