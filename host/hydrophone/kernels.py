"""Kernel library: correlation, Haar, distance, entropy, average, variance and fusion by themselves.

Each in three shapes, on whatever instruction set this processor has (see `isas`):

- one window: ``variance(x)``;
- a stream: ``Variance(window=64).push(sample)``, the window's result after every sample;
- a whole series: ``moving_variance(x, 64, out=buffer)``, the result of every window, at the place
  of its newest sample.

Numbers:

- float32: the same bits on every instruction set. Sums run in float64 and are rounded once, but a
  Haar transform's run in float32, and of one window an average's, a distance's and an entropy's,
  from 512 samples on also a variance's and a correlation's, in float32 of a few numbers, then
  float64. Windows that slide are put together anew from sums of 1, 2, 4, … samples, nothing is ever
  taken off: they do not drift, and a series and a stream have the same bits. Series and one window
  are each as near the truth as hydrophone_kernels.h says: one step of float32 (2**-23), but of one
  window two steps for the average, 2**-20 for the distance and the entropy, and from 512 samples on
  2**-20 for the variance and 2**-19 for the correlation.
- int16: exact, in raw integers with `FRACTION` fraction bits, cut off towards minus infinity; what
  the blocks of the pipelines compute (the correlation by the blocks' logarithms). At most 65,536
  samples. Haar coefficients are plain sums and differences.

Fusion in float32 follows the published formulas, ``fuse`` for one table of scores, ``Fusion`` for
decisions that learn, its ``push_many`` for a series; `hydrophone.engine.FusionEngine` is the fixed
point of the pipeline.

Edges: a NaN gives NaN while the window holds it, in a Haar transform in the coefficients over it.
An infinite sample gives NaN, too, but average, distance and Haar transform are what arithmetic
makes of it: infinite, or NaN where infinities meet. A column that does not vary has the correlation
0, but NaN with one that is not finite. Every NaN that comes out has the same bits. No samples have
the average and the variance NaN (0 in fixed point), correlation and distance 0, and so the entropy
of no weights; bin numbers and a Haar transform without ``levels`` need at least one. Until a window
is full a series and a stream give NaN, 0 in fixed point.

Threads: functions may run in any number of threads, a stream in one at a time; what another thread
asks of it meanwhile raises RuntimeError. Long series let other threads run: leave their arrays
alone until they are done.

Arrays are contiguous, aligned and have no mask; ``out`` is the caller's buffer, overlaps no input,
and is returned; without it a new array is made.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike

from hydrophone._kernels import FusionStream as Fusion
from hydrophone._kernels import Library, Stream
from hydrophone.engine import FusionEngine, isas

FRACTION = 8
"""Fraction bits of fixed-point results."""

_library = Library()

isa = _library.isa
"""The instruction set that the functions of this module run on."""

average = _library.average
variance = _library.variance
correlation = _library.correlation
distance = _library.distance
entropy = _library.entropy
fuse = _library.fuse
haar = _library.haar
moving_average = _library.moving_average
moving_variance = _library.moving_variance
moving_correlation = _library.moving_correlation
moving_distance = _library.moving_distance
moving_entropy = _library.moving_entropy
moving_haar = _library.moving_haar


def _is_fixed(dtype: DTypeLike) -> bool:
    """Whether numbers of this type are fixed point."""
    wanted = np.dtype(dtype)
    if wanted not in (np.dtype(np.float32), np.dtype(np.int16)):
        raise TypeError(f"dtype is {wanted}: give float32 or int16")
    return wanted == np.dtype(np.int16)


class _Windowed(Stream):
    """Base class of streams whose only size is a window."""

    KERNEL: ClassVar[int]

    def __init__(self, window: int, *, dtype: DTypeLike = np.float32, isa: str = "") -> None:
        super().__init__(self.KERNEL, _is_fixed(dtype), window, 0, isa)


class Average(_Windowed):
    """Mean of the last ``window`` samples.

    Args:
        window: Samples.
        dtype: ``float32``, or ``int16`` for fixed point.
        isa: Instruction set; by default the one of this module.

    Raises:
        TypeError: Another dtype.
        ValueError: The window is out of range, or the instruction set not available here.
    """

    KERNEL = 0


class Variance(_Windowed):
    """Population variance of the last ``window`` samples; see `Average`."""

    KERNEL = 1


class Correlation(_Windowed):
    """Pearson correlation of the last ``window`` pairs; see `Average`. ``push`` takes a pair."""

    KERNEL = 2


class Distance(_Windowed):
    """Euclidean distance over the last ``window`` pairs; see `Average`. ``push`` takes a pair."""

    KERNEL = 3


class Entropy(Stream):
    """Shannon entropy, in bits, of the last ``window`` bin numbers.

    Args:
        window: Samples, a power of two up to 65,536.
        bins: Number of bins, up to 256; samples are 0 to ``bins - 1``.
        dtype: ``float32``, or ``int16`` for the fixed point of the block `entropy`.
        isa: Instruction set; by default the one of this module.

    Raises:
        TypeError: Another dtype.
        ValueError: A size is out of range, or the instruction set not available here.
    """

    def __init__(
        self, window: int, *, bins: int = 256, dtype: DTypeLike = np.float32, isa: str = ""
    ) -> None:
        super().__init__(4, _is_fixed(dtype), window, bins, isa)


class Haar(_Windowed):
    """The newest Haar coefficient of every scale over the last ``window`` samples, a power of two.

    A row of 1 + log2(window) numbers: the sum over the window, then the newest difference of every
    scale from the coarsest down; numbers 0, 1, 3, 7, … of ``haar`` of the window. ``push`` returns
    the same array every time, whose memory the next push overwrites.
    """

    KERNEL = 5


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """What `KERNELS` tells of a kernel.

    Attributes:
        name: Name of the kernel; of its function for one window where there is one.
        shapes: Names of its function, stream and series.
        floats: Samples and results in float32.
        fixed: Samples and results in fixed point.
    """

    name: str
    shapes: tuple[str, str, str]
    floats: str
    fixed: str


_F32 = "float32 -> float32"
_I16 = "int16 -> int64"
KERNELS: tuple[Kernel, ...] = (
    Kernel(name="correlation", shapes=("correlation(x, y)", "Correlation", "moving_correlation"),
           floats=_F32, fixed=_I16),
    Kernel(name="Haar transform", shapes=("haar(x, out)", "Haar", "moving_haar"),
           floats=_F32, fixed="int16 -> int32"),
    Kernel(name="Euclidean distance", shapes=("distance(x, y)", "Distance", "moving_distance"),
           floats=_F32, fixed=_I16),
    Kernel(name="Shannon entropy", shapes=("entropy(x)", "Entropy", "moving_entropy"),
           floats="float32 weights, uint8 bins -> float32", fixed="uint8 bins -> int64"),
    Kernel(name="average", shapes=("average(x)", "Average", "moving_average"),
           floats=_F32, fixed=_I16),
    Kernel(name="variance", shapes=("variance(x)", "Variance", "moving_variance"),
           floats=_F32, fixed=_I16),
    Kernel(name="signal fusion", shapes=("fuse(scores)", "Fusion", "Fusion.push_many"),
           floats=_F32, fixed="FusionEngine, int16 -> decisions"),
)  # fmt: skip
"""The kernels, in the order of the documentation."""

__all__ = [
    "FRACTION",
    "KERNELS",
    "Average",
    "Correlation",
    "Distance",
    "Entropy",
    "Fusion",
    "FusionEngine",
    "Haar",
    "Kernel",
    "Library",
    "Stream",
    "Variance",
    "average",
    "correlation",
    "distance",
    "entropy",
    "fuse",
    "haar",
    "isa",
    "isas",
    "moving_average",
    "moving_correlation",
    "moving_distance",
    "moving_entropy",
    "moving_haar",
    "moving_variance",
    "variance",
]
