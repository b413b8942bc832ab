"""What `hydrophone.kernels` refuses, and that it says what to do."""

import json
import re
from typing import Any

import numpy as np
import pytest

from hydrophone import kernels
from hydrophone_cli import main

X = np.arange(16, dtype=np.float32)
SHORTS = X.astype(np.int16)
BINS = X.astype(np.uint8)
GRID = X.reshape(4, 4)
FROZEN = np.zeros(16, np.float32)
FROZEN.flags.writeable = False
UNALIGNED = np.zeros(65, np.uint8)[1:].view(np.float32)

REFUSED: list[tuple[type[Exception], str, str, tuple[Any, ...]]] = [
    (TypeError, "x is a list: give a NumPy array", "average", ([1.0],)),
    (TypeError, "x has dtype float64: give float32 or int16", "variance", (X.astype(float),)),
    (TypeError, "x has dtype int64: give float32 or uint8", "entropy", (X.astype(int),)),
    (TypeError, "x has dtype >f4", "average", (X.astype(">f4"),)),
    (TypeError, "x and y differ in dtype: give both the same", "distance", (X, SHORTS)),
    (TypeError, "give two arrays, not 1", "correlation", (X,)),
    (ValueError, "x and y differ in length: 16 and 15", "correlation", (X, X[1:])),
    (ValueError, "x has 2 dimensions: give one", "average", (GRID,)),
    (ValueError, "x is not contiguous: give a copy of it", "average", (X[::2],)),
    (ValueError, "x is not aligned: give a copy of it", "average", (UNALIGNED,)),
    (ValueError, "out is not contiguous: give a whole new array, and copy the results from it",
     "moving_average", (X[:8].copy(), 3, X.copy()[::2])),
    (ValueError, "out is not contiguous: give a whole new array", "moving_entropy",
     (BINS[:8].copy(), 4, np.zeros(16, np.int64)[::2])),
    (TypeError, "window is 2.0: give an integer", "moving_average", (X, 2.0)),
    (ValueError, "window is 9223372036854775808: give an integer below", "moving_average",
     (X, 1 << 63)),
    (TypeError, "levels is '1': give an integer", "haar", (X, None, "1")),
    (ValueError, r"out has shape \(1, 1, 1, 1, 16\): give \(16,\)", "haar",
     (X, X.reshape(1, 1, 1, 1, 16).copy())),
    (ValueError, "x has 70000 samples: give at most 65536 of fixed point", "variance",
     (np.zeros(70_000, np.int16),)),
    (ValueError, "x has 15 bin numbers: give a power of two", "entropy", (BINS[1:],)),
    (ValueError, "x has 15 samples: give a power of two, or levels", "haar", (X[1:],)),
    (ValueError, r"levels is 5: 16 samples are no multiple of 2\*\*levels", "haar", (X, None, 5)),
    (ValueError, "levels is -1", "haar", (X, None, -1)),
    (ValueError, "levels is 17: give at most 16 of fixed point", "haar",
     (np.zeros(1 << 17, np.int16), None, 17)),
    (ValueError, r"out has shape \(15,\): give \(16,\)", "haar", (X, X[1:].copy())),
    (ValueError, "window is 0: give at least 1 sample", "moving_average", (X, 0)),
    (ValueError, "window is 65537: give 1 to 65536 samples", "moving_average", (SHORTS, 65537)),
    (ValueError, "window is 3: give a power of two", "moving_haar", (X, 3)),
    (ValueError, r"out has shape \(16,\): give \(16, 3\)", "moving_haar", (X, 4, X.copy())),
    (ValueError, "out overlaps an input: give it memory of its own", "moving_variance", (X, 3, X)),
    (ValueError, "out is read-only: give an array that can be written", "moving_average",
     (X, 3, FROZEN)),
    (TypeError, "out has dtype float32: give int64", "moving_average", (SHORTS, 3, X)),
    (TypeError, "window is missing", "moving_distance", (X, X)),
    (TypeError, "give at most 3 arguments, not 4", "moving_average", (X, 3, X, X)),
]  # fmt: skip


@pytest.mark.parametrize(("error", "text", "name", "given"), REFUSED, ids=lambda v: str(v)[:40])
def test_what_cannot_be_computed(
    error: type[Exception], text: str, name: str, given: tuple[Any, ...]
):
    with pytest.raises(error, match=f"^{text}"):
        getattr(kernels, name)(*given)


def test_names_of_arguments():
    out = np.empty_like(X)
    assert kernels.moving_average(X, window=3, out=out) is out
    with pytest.raises(TypeError, match="'widow' is no argument, or was given twice"):
        kernels.moving_average(X, widow=3)  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError, match="'window' is no argument, or was given twice"):
        kernels.moving_average(X, 3, window=3)  # pyright: ignore[reportCallIssue]


def test_what_is_no_stream():
    with pytest.raises(ValueError, match="window is 0: give 1 to 2147483648 samples"):
        kernels.Average(0)
    with pytest.raises(ValueError, match="window is 12: give a power of two"):
        kernels.Entropy(12)
    with pytest.raises(ValueError, match="bins is 257: give 1 to 256"):
        kernels.Entropy(8, bins=257)
    with pytest.raises(TypeError, match="dtype is float64: give float32 or int16"):
        kernels.Variance(8, dtype=float)
    with pytest.raises(ValueError, match="isa = 'mmx' is not available here"):
        kernels.Variance(8, isa="mmx")
    with pytest.raises(TypeError, match=r"^window is 2.0: give an integer"):
        kernels.Average(2.0)  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match=r"^bins is None: give an integer"):
        kernels.Entropy(8, bins=None)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match=r"^kernel is 6: give 0 to 5"):
        kernels.Stream(6, False, 8, 0, "")
    with pytest.raises(RuntimeError, match="the stream was never made"):
        kernels.Stream.__new__(kernels.Stream).push(1)


def test_what_is_no_sample():
    with pytest.raises(TypeError, match="push takes 2 samples, 1 were given"):
        kernels.Correlation(8).push(1)
    with pytest.raises(TypeError):
        kernels.Average(8).push("one")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="32768 is no sample: give an integer from -32768 to"):
        kernels.Average(8, dtype=np.int16).push(32768)
    with pytest.raises(ValueError, match=r"0.5 is no sample: give an integer from -32768 to"):
        kernels.Average(8, dtype=np.int16).push(0.5)
    with pytest.raises(ValueError, match="4 is no sample: give an integer from 0 to 3"):
        kernels.Entropy(8, bins=4).push(4)
    with pytest.raises(ValueError, match="x holds bin 4 at 4: there are 4 bins"):
        kernels.Entropy(8, bins=4).push_many(BINS)
    with pytest.raises(TypeError, match="x has dtype int16: give float32"):
        kernels.Average(8).push_many(SHORTS)


def test_the_command_lists_what_was_chosen(capsys: pytest.CaptureFixture[str]):
    assert main(["kernels"]) == 0
    told = capsys.readouterr().out
    assert f"* {kernels.isa}" in told
    for kernel in kernels.KERNELS:
        assert kernel.name in told
        for shape in kernel.shapes:
            assert hasattr(kernels, re.split(r"[(.]", shape)[0])
    assert main(["kernels", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["isas"]["chosen"] == kernels.isa
    assert len(listed["kernels"]) == len(kernels.KERNELS)


def test_the_command_says_which_sets_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("HYDROPHONE_ISA", "mmx")
    assert main(["kernels"]) == 2
    assert "use one of scalar" in capsys.readouterr().err
