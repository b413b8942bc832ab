"""Custom kernel: a user's own C++ kernel of his own block, compiled for this processor.

The C++ source has the kernel as the toolkit's own are written, on the same headers: its ``Input``
and ``Output`` name the block's ports. It ends with

    Block* make_custom(const custom::Params& p) { return make<StatefulBlock<Kernel>>(p); }

The generated ``custom.h`` has the parameters and their module's constants; the headers and the
flags of each instruction set are part of every installation, in the folder `HEADERS`.
"""

import ctypes
import os
import shlex
from pathlib import Path

import numpy as np

from hydrophone import _kernels
from hydrophone.engine import checked_columns, empty_columns, isas
from hydrophone_drivers.exclusive_use import ExclusiveUse
from hydrophone_model.block import Model, Params, Ports
from hydrophone_model.cheader import custom_header, flattened
from hydrophone_model.fixed import Raw
from hydrophone_toolchain.cache import built, digest
from hydrophone_toolchain.tools import run_tool

HEADERS = Path(_kernels.__file__).parent / "include"
COMPILER = "CXX"
"""Environment variable that names the C++ compiler; by default ``g++``."""

_LIBRARY = "custom.so"
_SOURCES = ("custom/library.cpp", "core/memory.cpp")
_FLAGS = ("-std=c++20", "-O3", "-fPIC", "-fvisibility=hidden", "-shared")


class _Array(ctypes.Structure):
    """`hydrophone::Array` of core/kernels.hpp."""

    _fields_ = (("data", ctypes.c_void_p), ("count", ctypes.c_size_t))


class CustomKernel(Model):
    """Custom kernel of a user's own block, used as the block's golden model is.

    It is compiled when its source, its parameters or the toolkit's headers have changed, which
    takes a second, and is found in the user's cache from then on. For one thread at a time.

    Args:
        params: Parameters of the block.
        source: The C++ file.
        isa: Instruction set; by default the one that `hydrophone.engine.isas` says is chosen.

    Raises:
        ConfigError: A port has a name that C++ has no member of, such as ``long``.
        OSError: The source cannot be read.
        ToolError: There is no compiler, or it failed; the message carries what it said.
        ValueError: The instruction set is not available here, or the ports have too many elements.
    """

    def __init__(self, params: Params, source: str | Path, *, isa: str = "") -> None:
        self.params = params
        self._exclusive_use = ExclusiveUse()
        library = ctypes.CDLL(str(_compiled(params, Path(source).resolve(), isa)))
        library.hydrophone_custom_longest_row.restype = ctypes.c_size_t
        most = library.hydrophone_custom_longest_row()
        for ports in (params.inputs, params.outputs):
            elements = sum(port.count for port in ports.values())
            if elements > most:
                raise ValueError(
                    f"ports {', '.join(ports)} of {params.name} have {elements} elements: use at "
                    f"most {most}"
                )
        library.hydrophone_custom_make.restype = ctypes.c_void_p
        for name in ("reset", "free"):
            getattr(library, f"hydrophone_custom_{name}").argtypes = (ctypes.c_void_p,)
        array = (ctypes.c_void_p, ctypes.c_size_t)
        library.hydrophone_custom_process.argtypes = (
            ctypes.c_void_p,
            *array,
            *array,
            ctypes.c_size_t,
        )
        self._library = library
        numbers = np.array(flattened(params), np.int64)
        made = library.hydrophone_custom_make(
            ctypes.c_void_p(numbers.ctypes.data), ctypes.c_size_t(numbers.size)
        )
        if made is None:
            raise MemoryError(f"no memory for the kernel of {params.name}")
        self._block: int = made

    def __del__(self) -> None:
        if hasattr(self, "_block"):
            self._library.hydrophone_custom_free(self._block)

    def reset(self) -> None:
        """Forgets everything."""
        with self._exclusive_use:
            self._library.hydrophone_custom_reset(self._block)

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        """See `hydrophone.engine.KernelBlock.process`.

        Raises:
            TypeError: See `hydrophone.engine.checked_columns`.
            ValueError: See `hydrophone.engine.checked_columns`.
            DeviceError: It is at work for another thread.
        """
        made = self.params.outputs
        columns = checked_columns(self.params, inputs)
        events = len(next(iter(columns.values())))
        outputs = empty_columns(made, events)
        with self._exclusive_use:
            self._library.hydrophone_custom_process(
                self._block, *_arrays(self.params.inputs, columns), *_arrays(made, outputs), events
            )
        return outputs


def _arrays(ports: Ports, columns: dict[str, Raw]) -> tuple[ctypes.Array[_Array], int]:
    arrays = [_Array(columns[name].ctypes.data, port.count) for name, port in ports.items()]
    return (_Array * len(arrays))(*arrays), len(arrays)


def _compiled(params: Params, source: Path, isa: str) -> Path:
    """The library of a kernel, from the cache if it is there."""
    flags = [*_FLAGS, *_flags_of(isa or isas().chosen)]
    compiler = os.environ.get(COMPILER) or "g++"
    header = custom_header(params)
    beside = sorted(path for path in source.parent.iterdir() if path.suffix in (".h", ".hpp"))
    parts = [path.read_bytes() for path in (source, *beside, *sorted(HEADERS.rglob("*.*")))]

    def build(folder: Path) -> None:
        (folder / "custom.h").write_text(header, encoding="utf-8")
        command = [
            compiler,
            *flags,
            f'-DHYDROPHONE_CUSTOM="{source}"',
            *(f"-I{folder}", f"-isystem{HEADERS}"),
            *(str(HEADERS / name) for name in _SOURCES),
            *("-o", str(folder / _LIBRARY)),
        ]
        run_tool(command, folder)

    name = f"{params.name}-{digest([compiler, *flags, header, *parts])}"
    return built("custom", name, build) / _LIBRARY


def _flags_of(isa: str) -> list[str]:
    """The flags that the toolkit's own kernels are compiled with for an instruction set.

    Raises:
        ValueError: It is not available here.
    """
    available = isas().available
    if isa not in available:
        raise ValueError(f"isa = {isa!r} is not available here: use one of {', '.join(available)}")
    lines = (HEADERS / "isas.txt").read_text(encoding="utf-8").splitlines()
    flags = {name: rest for name, _, rest in (line.partition(" ") for line in lines)}
    return shlex.split(flags[isa])
