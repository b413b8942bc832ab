"""Streams of `hydrophone.kernels` in hands that do not spare them: rows, threads, constructors."""

import threading
import time
from collections.abc import Callable
from typing import Any, SupportsFloat, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from hydrophone import kernels
from hydrophone.kernels import Haar, Stream

X = np.arange(16, dtype=np.float32)
BUSY = "another thread is using this stream: give each thread its own"


def reshape(row: Any) -> None:
    row.shape = (1, row.size)


def retype(row: Any) -> None:
    row.dtype = np.dtype(np.uint8)


def freeze(row: Any) -> None:
    row.flags.writeable = False


def replace(row: Any) -> None:
    row.__setstate__((1, (2,), row.dtype, False, bytes(8)))


def resize(row: Any) -> None:
    with pytest.raises(ValueError, match="does not own its data"):
        row.resize(1 << 20, refcheck=False)


@pytest.mark.parametrize("change", [reshape, retype, freeze, replace, resize])
@pytest.mark.parametrize("dtype", [np.float32, np.int16])
def test_a_row_in_the_hands_of_its_user(change: Callable[[NDArray[np.float32]], None], dtype: type):
    x = X.astype(dtype)
    stream = Haar(4, dtype=dtype)
    row = np.asarray(stream.push(x[0]))
    change(row)
    for sample in x[1:]:
        row = np.asarray(stream.push(sample))
    # The row is still his, the samples are still the stream's.
    if change not in (reshape, retype, replace):
        np.testing.assert_array_equal(row, kernels.moving_haar(x, 4)[-1])
    assert stream.push_many(x)[-1].tobytes() == kernels.moving_haar(x, 4)[-1].tobytes()


def test_a_row_outlives_its_stream():
    stream = Haar(4)
    stream.push_many(X)
    row = np.asarray(stream.push(16))
    want = row.copy()
    Stream.__init__(stream, 0, False, 4, 0, "")
    assert stream.push(1.0) != stream.push(2.0)
    del stream
    np.testing.assert_array_equal(row, want)


def test_a_stream_that_was_made_anew():
    stream = kernels.Average(4)
    Stream.__init__(stream, 5, True, 8, 0, "")
    assert np.asarray(stream.push(1)).tolist() == [0, 0, 0, 0]
    with pytest.raises(ValueError, match="window is 0"):
        Stream.__init__(stream, 0, False, 0, 0, "")
    assert np.asarray(stream.push(1)).tolist() == [0, 0, 0, 0]
    Stream.__init__(stream, 0, True, 1, 0, "")
    assert stream.push(3) == 3 << kernels.FRACTION


def test_threads_that_share_a_stream():
    stream = kernels.Variance(1000)
    long = np.random.default_rng(1).normal(size=3_000_000).astype(np.float32)
    result: list[NDArray[np.float32]] = []
    worker = threading.Thread(target=lambda: result.append(stream.push_many(long)))
    calls: list[Callable[[], object]] = [
        lambda: stream.push(1.0),
        lambda: stream.push_many(X),
        stream.reset,
        lambda: Stream.__init__(stream, 5, True, 2, 0, ""),
    ]
    worker.start()
    while worker.is_alive():
        try:
            stream.reset()
        except RuntimeError:
            break
        time.sleep(0)
    for call in calls:
        with pytest.raises(RuntimeError, match=BUSY):
            call()
    worker.join()
    # Nobody came between.
    assert result[0].tobytes() == kernels.moving_variance(long, 1000).tobytes()


def test_threads_with_a_stream_each(seed: int):
    long = np.random.default_rng(seed).normal(size=200_000).astype(np.float32)
    want = kernels.moving_variance(long, 100)
    streams = [kernels.Variance(100) for _ in range(4)]
    got = [np.empty_like(long) for _ in streams]
    workers = [
        threading.Thread(target=stream.push_many, args=(long, out))
        for stream, out in zip(streams, got, strict=True)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(out.tobytes() == want.tobytes() for out in got)


class Meddler:
    """A sample whose conversion to a number works on the stream that asks for it."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.call = call

    def __float__(self) -> float:
        self.call()
        return 1e9


def test_a_sample_that_works_on_its_stream():
    stream = kernels.Average(4)
    calls: list[Callable[[], object]] = [
        stream.reset,
        lambda: stream.push(1.0),
        lambda: Stream.__init__(stream, 4, False, 4, 1, ""),
    ]
    for call in calls:
        with pytest.raises(RuntimeError, match=BUSY):
            stream.push(cast(float, cast(SupportsFloat, Meddler(call))))
    assert np.isnan(stream.push(1.0))
