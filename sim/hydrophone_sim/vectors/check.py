"""Vector check: differences of results are counted, by port and by section."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hydrophone_model.block import Values
from hydrophone_model.fixed import Raw
from hydrophone_sim.compare import Mismatch
from hydrophone_sim.vectors.form import Array, VectorError
from hydrophone_sim.vectors.manifest import BlockVectors, Manifest, read_manifest
from hydrophone_sim.vectors.run import Sections

SOURCE = "vector"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Values compared under one name, a port's or a section's label.

    Attributes:
        name: The port or the label.
        values: Values compared.
        mismatches: Those that differ.
        first: The first of them, by event and then in the order of the ports.
    """

    name: str
    values: int
    mismatches: int
    first: Mismatch | None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Results of one block held against the expected ones.

    Attributes:
        block: Whose results they are.
        events: Events compared.
        events_wrong: Events with a value that differs.
        ports: What differs, by output port.
        sections: What differs, by section, in order.
        unchecked: What an implementation may leave out, and this one did.
    """

    block: str
    events: int
    events_wrong: int
    ports: list[Counted]
    sections: list[Counted]
    unchecked: list[str]

    @property
    def mismatches(self) -> int:
        """Values that differ."""
        return sum(port.mismatches for port in self.ports)

    @property
    def first(self) -> Mismatch | None:
        """The first of them."""
        found = [section.first for section in self.sections if section.first is not None]
        if found:
            return found[0]
        return next((port.first for port in self.ports if port.first is not None), None)


@dataclass(frozen=True, kw_only=True)
class Checks:
    """Results held against vectors.

    Attributes:
        configuration: Name of the vectors' design.
        seed: Of their random events.
        blocks: What came of each block.
        unanswered: Blocks that nobody named and that have no results: not checked.
    """

    configuration: str
    seed: int
    blocks: list[Checked]
    unanswered: list[str]


def check(vectors: Path, results: Path, blocks: Sequence[str] = ()) -> Checks:
    """Compares results with vectors.

    What is expected is computed anew from the stimulus, and has to be what the vectors say: they
    cannot be stale.

    Args:
        vectors: Folder that `hydrophone_sim.vectors.write.write` has written.
        results: Folder with the output arrays, named as in that one.
        blocks: Blocks to compare; by default all whose results are there.

    Raises:
        VectorError: A file is missing, broken, or not of these vectors.
    """
    manifest = read_manifest(vectors)
    if not results.is_dir():
        raise VectorError(f"{results} is no folder: name the one that holds {_places(manifest)}")
    for name in blocks:
        if name not in manifest.blocks:
            raise VectorError(
                f"{vectors} has no block {name!r}: it has {', '.join(manifest.blocks) or 'none'}"
            )
    answered = [
        name
        for name, block in manifest.blocks.items()
        if any(_exists(results / array.file) for array in block.outputs)
    ]
    if not blocks and not answered:
        raise VectorError(f"{results} has no results: it is to hold {_places(manifest)}")
    return Checks(
        configuration=manifest.config.name,
        seed=manifest.seed,
        blocks=[_checked(manifest, name, vectors, results) for name in blocks or answered],
        unanswered=[] if blocks else [name for name in manifest.blocks if name not in answered],
    )


def _exists(path: Path) -> bool:
    """Whether a file of results is there; one whose name no system takes is not."""
    try:
        return path.exists()
    except OSError:
        return False


def _places(manifest: Manifest) -> str:
    """Where a first result is to lie."""
    files = [array.file for block in manifest.blocks.values() for array in block.outputs]
    return f"{files[0]} and so on" if files else "results, but the vectors have no block"


def _checked(manifest: Manifest, name: str, vectors: Path, results: Path) -> Checked:
    block = manifest.blocks[name]
    inputs = {array.name: _stimulus(array, vectors) for array in block.inputs}
    expected, status = Sections(name, manifest.config).run(block.sections, inputs)
    for array, wanted in (
        *((array, expected[array.name]) for array in block.outputs),
        *((array, status[array.name]) for array in block.status),
    ):
        if not np.array_equal(array.intact(vectors), wanted):
            raise VectorError(
                f"{vectors / array.file} is not what this version's model answers: write the "
                "vectors again"
            )
    actual = {array.name: array.read(results) for array in block.outputs}
    optional = [array for array in block.status if _exists(results / array.file)]
    statuses = {array.name: array.read(results) for array in optional}
    events = _Comparison(block, manifest.seed, str(results), inputs, expected, actual)
    ends = _Comparison(block, manifest.seed, str(results), inputs, status, statuses)
    last = [section.end - 1 for section in block.sections]
    everything = range(block.events)
    wrong = np.zeros(block.events, np.bool_)
    for array in block.outputs:
        differs = expected[array.name] != actual[array.name]
        wrong |= differs.reshape(block.events, -1).any(axis=1)
    return Checked(
        block=name,
        events=block.events,
        events_wrong=int(wrong.sum()),
        ports=[
            *(events.counted(array.name, [array], everything) for array in block.outputs),
            *(ends.counted(f"status.{array.name}", [array], last) for array in optional),
        ],
        sections=[
            events.counted(section.label, block.outputs, range(section.begin, section.end))
            for section in block.sections
        ],
        unchecked=[f"status.{array.name}" for array in block.status if array not in optional],
    )


def _stimulus(array: Array, vectors: Path) -> Raw:
    """The rows of an input, all within the port's format."""
    values, format = array.intact(vectors), array.port.format
    if values.min() < format.min or values.max() > format.max:
        raise VectorError(f"{vectors / array.file} has values outside {format}: write it again")
    return values


@dataclass(frozen=True)
class _Comparison:
    """Expected and actual columns of a block, which are as long as one another."""

    block: BlockVectors
    seed: int
    implementation: str
    inputs: Values
    expected: Values
    actual: Values

    def counted(self, name: str, arrays: Sequence[Array], events: Sequence[int]) -> Counted:
        """What differs in some columns.

        Args:
            name: Of what is counted.
            arrays: The columns.
            events: Number of the event of each row, for a range of events those of that range.
        """
        rows = slice(events.start, events.stop) if isinstance(events, range) else slice(None)
        values = mismatches = 0
        first: tuple[int, Array, tuple[int, ...]] | None = None
        for array in arrays:
            differs = self.expected[array.name][rows] != self.actual[array.name][rows]
            places = np.argwhere(differs)
            values += differs.size
            mismatches += len(places)
            if len(places) and (first is None or places[0][0] < first[0]):
                first = int(places[0][0]), array, tuple(int(i) for i in places[0])
        return Counted(
            name=name,
            values=values,
            mismatches=mismatches,
            first=first and self._mismatch(name, first[1], first[2], events[first[0]], rows),
        )

    def _mismatch(
        self, name: str, array: Array, place: tuple[int, ...], event: int, rows: slice
    ) -> Mismatch:
        symbol = self.inputs["symbol"][event] if "symbol" in self.inputs else None
        prefix = "status." if name.startswith("status.") else ""
        return Mismatch(
            block=self.block.name,
            implementation=self.implementation,
            source=SOURCE,
            seed=self.seed,
            event=event,
            cycle=None,
            symbol=None if symbol is None else int(symbol),
            field=prefix + array.name + "".join(f"[{element}]" for element in place[1:]),
            expected=int(self.expected[array.name][rows][place]),
            actual=int(self.actual[array.name][rows][place]),
        )
