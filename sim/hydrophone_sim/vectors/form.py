"""Vector format: ports as little-endian arrays of standard widths, and their sections.

An array is a file of its own: the rows of one port, of 1, 2, 4 or 8 bytes an element, no header.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from hydrophone_model.block import Params, Port, Ports, elements_of
from hydrophone_model.errors import InputError
from hydrophone_model.fixed import Fixed, Raw
from hydrophone_model.timing import Timing

FORMAT = "hydrophone vectors"
VERSION = 2
MANIFEST = "manifest.json"
HEADER = "vectors.h"


class VectorError(InputError, ValueError):
    """A vector file that cannot be read or checked; the message names file and remedy."""


class Before(StrEnum):
    """What happens before the first event of a section."""

    RESET = "reset"
    """All state is forgotten, and the section's settings are in force."""
    CONFIGURE = "configure"
    """The section's settings are in force from here on; all state stays."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """Consecutive events that show one thing.

    Attributes:
        label: What they show, in a word.
        meaning: The same in a sentence.
        begin: First event.
        count: Events.
        before: What happens before the first one.
        configuration: What differs from the configuration's tables in this section, by table.
    """

    label: str
    meaning: str
    begin: int
    count: int
    before: Before
    configuration: Mapping[str, Mapping[str, Any]]

    @property
    def end(self) -> int:
        """The event behind the last one."""
        return self.begin + self.count


def element_bytes(format: Fixed) -> int:
    """Bytes of the narrowest standard integer that holds a format."""
    return next(size for size in (1, 2, 4, 8) if format.width <= 8 * size)


def suffix(format: Fixed) -> str:
    """Type of a format's elements as a file's ending: ``u32`` say."""
    return f"{'i' if format.signed else 'u'}{8 * element_bytes(format)}"


def c_type(format: Fixed) -> str:
    """Type of a format's elements in C."""
    return f"{'' if format.signed else 'u'}int{8 * element_bytes(format)}_t"


def dtype(format: Fixed) -> str:
    """Type of a format's elements for NumPy."""
    return f"<{'i' if format.signed else 'u'}{element_bytes(format)}"


@dataclass(frozen=True, kw_only=True)
class Array:
    """Rows of one port in a file.

    Attributes:
        name: Of the port.
        port: Format and elements a row.
        rows: Number of rows.
        file: Path within the folder, with slashes.
        offset: Bytes of the file before the first row.
        sha256: Of the whole file, in hex.
    """

    name: str
    port: Port
    rows: int
    file: str
    offset: int = 0
    sha256: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows,) or, for a port of several elements, (rows, elements)."""
        return (self.rows,) if self.port.count == 1 else (self.rows, self.port.count)

    @property
    def bytes(self) -> int:
        """Size of the rows."""
        return self.rows * self.port.count * element_bytes(self.port.format)

    def described(self) -> dict[str, Any]:
        """The array as the manifest has it."""
        format = self.port.format
        return {
            "name": self.name,
            "signed": format.signed,
            "bits": format.width,
            "fraction": format.fraction,
            "shape": list(self.shape),
            "dtype": dtype(format),
            "file": self.file,
            "offset": self.offset,
            "sha256": self.sha256,
        }

    def written(self, folder: Path, values: Raw) -> "Array":
        """The array with its hash, after its rows were written."""
        content = values.astype(dtype(self.port.format)).tobytes()
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        return replace(self, sha256=sha256)

    def read(self, folder: Path) -> Raw:
        """The rows, as `int64`.

        Raises:
            VectorError: The file cannot be read, or is of another size.
        """
        path = folder / self.file
        try:
            size = path.stat().st_size
            if size != self.offset + self.bytes:
                raise VectorError(
                    f"{path} has {size:,} bytes: {self.rows:,} rows of {self.port.count} "
                    f"{dtype(self.port.format)} behind {self.offset} bytes take "
                    f"{self.offset + self.bytes:,}"
                )
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            if isinstance(error, VectorError):
                raise
            raise VectorError(f"{path} cannot be read: {error}") from error
        values = np.frombuffer(content, dtype(self.port.format), offset=self.offset)
        # What a port of 63 bits cannot hold wraps to a negative number, which no value is.
        return values.astype(np.int64).reshape(self.shape)

    def intact(self, folder: Path) -> Raw:
        """The rows, of a file that has the hash of the manifest.

        Raises:
            VectorError: The file cannot be read, or is not the one that was written.
        """
        values = self.read(folder)
        path = folder / self.file
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.sha256:
            raise VectorError(f"{path} is not the file its manifest describes: write it again")
        return values


def shallow(record: Any) -> dict[str, Any]:
    """Fields of a dataclass by name, as they are."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def arrays(ports: Ports, rows: int, folder: str) -> list[Array]:
    """The arrays of ports, each a file in a folder."""
    return [
        Array(name=name, port=port, rows=rows, file=f"{folder}/{name}.{suffix(port.format)}")
        for name, port in ports.items()
    ]


def described_params(params: Params) -> dict[str, Any]:
    """Parameters of a block and of its parts as JSON; the timing decides no result."""
    values = {key: value for key, value in shallow(params).items() if not isinstance(value, Timing)}
    described = {key: _plain(value) for key, value in values.items()}
    return (
        {**described, "tables": {n: _plain(t) for n, t in params.tables.items()}}
        if params.tables
        else described
    )


def _plain(value: Any) -> Any:
    match value:
        case Params():
            return described_params(value)
        case Fixed():
            return {"signed": value.signed, "bits": value.width, "fraction": value.fraction}
        case tuple():
            return [_plain(element) for element in elements_of(value)]
        case _:
            return value


def settings_of(params: Params) -> dict[str, list[int]]:
    """Raw values of each run-time setting."""
    return {name: list(values) for name, (_, values) in params.controls.items()}


def described_section(section: Section, params: Params) -> dict[str, Any]:
    """A section as the manifest has it, with the raw settings in force."""
    described = asdict(section)
    return {**described, "before": str(section.before), "settings": settings_of(params)}


def described_settings(params: Params) -> list[dict[str, Any]]:
    """Formats of the run-time settings as the manifest has them."""
    return [
        {
            "name": name,
            "signed": format.signed,
            "bits": format.width,
            "fraction": format.fraction,
            "count": len(values),
        }
        for name, (format, values) in params.controls.items()
    ]


def joined(parts: Sequence[Mapping[str, Raw]]) -> dict[str, Raw]:
    """Columns of consecutive batches as one."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
