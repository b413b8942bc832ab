"""Checkpoints of a run: the session's state with its place in the sources, replaced atomically."""

import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hydrophone import Session
from hydrophone.feeds import Tape
from hydrophone_cli.command import CommandError, Exit
from hydrophone_cli.listening.batch import Batch, Records
from hydrophone_cli.outputs.drafts import Draft
from hydrophone_cli.outputs.files import OutputError, check_places, writing

MAGIC = b"HYDRCKPT"
VERSION = 1
_HEADER = struct.Struct("<8sIIQ32sII")
_CHECKSUM = struct.Struct("<I")
_LIVE = 1


@dataclass(frozen=True)
class Checkpoint:
    """What a run goes on from.

    Attributes:
        events: Events taken from the sources: the sequence number of the next one.
        digest: SHA-256 of them; zeros of a live source, which nobody reads twice.
        symbols: Names, ticks and lots of the symbols so far, by index.
        state: Of the session.
    """

    events: int
    digest: bytes
    symbols: list[tuple[str, str, str]]
    state: bytes

    def pack(self) -> bytes:
        """As bytes: header, symbols as JSON, state, CRC-32."""
        symbols = json.dumps(self.symbols).encode()
        live = _LIVE if self.digest == bytes(32) else 0
        sizes = len(symbols), len(self.state)
        data = _HEADER.pack(MAGIC, VERSION, live, self.events, self.digest, *sizes)
        data += symbols + self.state
        return data + _CHECKSUM.pack(zlib.crc32(data))

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Reads a checkpoint.

        Raises:
            CommandError: It cannot be read, is none, of another version, or damaged.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}", Exit.INPUT) from error

        def refused(why: str) -> CommandError:
            return CommandError(f"{path} {why}: begin without --state-in", Exit.INPUT)

        if data[:8] != MAGIC or len(data) < _HEADER.size + _CHECKSUM.size:
            raise refused("is no state of a run")
        _, version, _, events, digest, symbols, state = _HEADER.unpack_from(data)
        if version != VERSION:
            raise refused(f"is a state of version {version}, this is {VERSION}")
        body = data[: -_CHECKSUM.size]
        if len(body) != _HEADER.size + symbols + state or data[len(body) :] != _CHECKSUM.pack(
            zlib.crc32(body)
        ):
            raise refused("is damaged or cut off")
        try:
            named = [
                (str(n), str(t), str(o)) for n, t, o in json.loads(body[_HEADER.size :][:symbols])
            ]
        except ValueError:
            raise refused("is damaged") from None
        return cls(events, digest, named, body[len(body) - state :])


def go_on(session: Session, tape: Tape, path: Path, *, live: bool) -> Checkpoint:
    """Gives a session the state of a checkpoint, and a live tape the symbols of its run.

    Raises:
        CommandError: It cannot be read or is no checkpoint.
        HydrophoneError: It is of another configuration, or the live source leaves ticks open.
    """
    begin = Checkpoint.load(path)
    if live:
        tape.expect([name for name, _, _ in begin.symbols])
    session.import_state(begin.state)
    return begin


@dataclass
class Place:
    """Place in the sources: counts and digests what a run takes from them.

    Args:
        tape: The sources.
        live: Whether one of them is a pipe, which cannot be read again.
        begin: Where the run goes on; none for the beginning.
    """

    tape: Tape
    live: bool
    begin: Checkpoint | None = None
    events: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def __iter__(self) -> Iterator[Records]:
        """The events that are still to be processed.

        Raises:
            CommandError: The sources are not those of the checkpoint.
        """
        begin = self.begin
        if begin is None or self.live:
            self.events = 0 if begin is None else begin.events
            for events in self.tape:
                if begin is not None:
                    events["sequence"] += np.uint64(begin.events)
                yield events
            return
        for events in self.tape:
            ahead = begin.events - self.events
            if ahead <= 0:
                yield events
                continue
            self._count(events[:ahead])
            if len(events) >= ahead:
                self._compare(begin)
                if len(events) > ahead:
                    yield events[ahead:]
        if self.events < begin.events:
            raise CommandError(
                f"the sources have {self.events:,} events, and the state is that after "
                f"{begin.events:,} of them: name the sources of that run",
                Exit.INPUT,
            )

    def _compare(self, begin: Checkpoint) -> None:
        symbols = self.symbols()
        if self._digest.digest() != begin.digest or symbols[: len(begin.symbols)] != begin.symbols:
            raise CommandError(
                f"the first {begin.events:,} events are not those that the state was made of: name "
                "the sources and options of that run",
                Exit.INPUT,
            )

    def take(self, events: Records) -> None:
        """Counts events that were processed."""
        self._count(events)

    def _count(self, events: Records) -> None:
        self.events += len(events)
        if not self.live:
            self._digest.update(np.ascontiguousarray(events).data.cast("B") if len(events) else b"")

    @property
    def digest(self) -> bytes:
        """Of all events so far."""
        return bytes(32) if self.live else self._digest.digest()

    def symbols(self) -> list[tuple[str, str, str]]:
        """Names, ticks and lots so far."""
        tape = self.tape
        return [
            (name, str(tape.tick(index)), str(tape.lot(index)))
            for index, name in enumerate(tape.symbols)
        ]


class CheckpointSink:
    """Writes the state every some events and at the end; a reader finds a whole one at any time.

    It comes behind the sinks whose files must not fall behind it.

    Args:
        path: The file.
        session: Whose state it is.
        place: In the sources.
        every: Events between two checkpoints; None for the end alone.
        commit: Called before a state is written: what it must not be ahead of.
    """

    def __init__(
        self,
        path: Path,
        session: Session,
        place: Place,
        every: int | None,
        *,
        commit: Callable[[], None],
    ) -> None:
        self.path = path
        self._session, self._place, self._every, self._commit = session, place, every, commit
        self._due = every
        self._first = place.begin.events if place.begin else 0
        self.rows = 0
        self.unfinished = False

    def open(self) -> None:
        """Finds out whether the file can be written.

        Raises:
            CommandError: It cannot be.
        """
        check_places(self.path)

    def take(self, batch: Batch) -> None:
        """Counts a batch, and writes the state if it is due."""
        self._place.take(batch.events)
        self.rows += len(batch.events)
        if self._due is not None and self._every is not None and self.rows >= self._due:
            self._write()
            self._due = (self.rows // self._every + 1) * self._every

    def publish(self) -> None:
        """Writes the state of the end."""
        if self._place.events < self._first + self.rows or not self._is_current():
            raise OutputError(
                self.path, f"{self.path} keeps its last state: an output before it failed"
            )
        self._write()

    def discard(self) -> None:
        """Leaves the last state."""

    def _is_current(self) -> bool:
        """Whether the session has seen what this sink has, and no more."""
        return self._session.counters.events == self._first + self.rows

    def _write(self) -> None:
        self._commit()
        place = self._place
        data = Checkpoint(
            place.events, place.digest, place.symbols(), self._session.export_state()
        ).pack()
        with writing(self.path), Draft(self.path) as draft:
            draft.path.write_bytes(data)
            draft.publish()
