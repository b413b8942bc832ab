"""The loops one would write for numba: plain Python until it compiles them."""

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


def average(x: Floats) -> Any:
    """Mean of a window."""
    total = np.float32(0)
    for i in range(x.size):
        total += x[i]
    return total / x.size


def variance(x: Floats) -> Any:
    """Variance of a window, in two passes."""
    total = np.float32(0)
    for i in range(x.size):
        total += x[i]
    mean = np.float32(total / x.size)
    squares = np.float32(0)
    for i in range(x.size):
        squares += (x[i] - mean) * (x[i] - mean)
    return squares / x.size


def correlation(x: Floats, y: Floats) -> Any:
    """Pearson's correlation of two windows, in two passes."""
    sx = sy = np.float32(0)
    for i in range(x.size):
        sx += x[i]
        sy += y[i]
    mx, my = np.float32(sx / x.size), np.float32(sy / x.size)
    xx = xy = yy = np.float32(0)
    for i in range(x.size):
        dx, dy = x[i] - mx, y[i] - my
        xx += dx * dx
        xy += dx * dy
        yy += dy * dy
    return xy / sqrt(xx * yy)


def distance(x: Floats, y: Floats) -> Any:
    """Euclidean distance."""
    squares = np.float32(0)
    for i in range(x.size):
        squares += (x[i] - y[i]) * (x[i] - y[i])
    return sqrt(squares)


def entropy(w: Floats) -> Any:
    """Shannon entropy of the shares of a window of weights, in bits."""
    total = np.float32(0)
    for i in range(w.size):
        total += w[i]
    share = np.float32(1) / total
    bits = np.float32(0)
    for i in range(w.size):
        p = w[i] * share
        if p > 0:
            bits -= p * np.log2(p)
    return bits


def haar(x: Floats, out: Floats, scratch: Floats) -> None:
    """The orthonormal transform of a power of two of samples, coarsest coefficient first."""
    root = np.float32(0.7071067811865476)
    size = x.size // 2
    for i in range(size):
        scratch[i] = (x[2 * i] + x[2 * i + 1]) * root
        out[size + i] = (x[2 * i] - x[2 * i + 1]) * root
    while size > 1:
        size //= 2
        for i in range(size):
            a, b = scratch[2 * i], scratch[2 * i + 1]
            scratch[i] = (a + b) * root
            out[size + i] = (a - b) * root
    out[0] = scratch[0]


def moving_average(x: Floats, n: int, out: Floats) -> None:
    """Means of every window by a running sum; the first ``n - 1`` are left alone."""
    total = 0.0
    for i in range(n - 1):
        total += x[i]
    for i in range(n - 1, x.size):
        total += x[i]
        out[i] = total / n
        total -= x[i - n + 1]


def moving_correlation(x: Floats, y: Floats, n: int, out: Floats) -> None:
    """Correlations of every window by running sums; the first ``n - 1`` are left alone."""
    sx = sy = xx = xy = yy = 0.0
    for i in range(x.size):
        a, b = np.float64(x[i]), np.float64(y[i])
        sx += a
        sy += b
        xx += a * a
        xy += a * b
        yy += b * b
        if i >= n:
            a, b = np.float64(x[i - n]), np.float64(y[i - n])
            sx -= a
            sy -= b
            xx -= a * a
            xy -= a * b
            yy -= b * b
        if i >= n - 1:
            out[i] = (n * xy - sx * sy) / sqrt((n * xx - sx * sx) * (n * yy - sy * sy))


def moving_variance(x: Floats, n: int, out: Floats) -> None:
    """Variances of every window by running sums; the first ``n - 1`` are left alone."""
    total = squares = 0.0
    for i in range(n - 1):
        total += x[i]
        squares += np.float64(x[i]) * x[i]
    for i in range(n - 1, x.size):
        total += x[i]
        squares += np.float64(x[i]) * x[i]
        mean = total / n
        out[i] = squares / n - mean * mean
        total -= x[i - n + 1]
        squares -= np.float64(x[i - n + 1]) * x[i - n + 1]


def moving_entropy(bins: NDArray[np.uint8], n: int, out: Floats) -> None:
    """Entropies of the counts by bin of every window; the first ``n - 1`` are left alone."""
    terms, counts = np.zeros(n + 2), np.zeros(256, np.int64)
    for count in range(2, n + 1):
        terms[count] = count * np.log2(count)
    total = 0.0
    for i in range(bins.size):
        if i >= n:
            old = bins[i - n]
            counts[old] -= 1
            total += terms[counts[old]] - terms[counts[old] + 1]
        new = bins[i]
        counts[new] += 1
        total += terms[counts[new]] - terms[counts[new] - 1]
        if i >= n - 1:
            out[i] = np.log2(n) - total / n


def push_average(ring: Doubles, sums: Doubles, value: float) -> float:
    """Mean of the window; ``sums`` holds the place in the ring, and the sum."""
    place = int(sums[0])
    sums[0] = (place + 1) % ring.shape[1]
    sums[1] += value - ring[0, place]
    ring[0, place] = value
    return sums[1] / ring.shape[1]


def push_variance(ring: Doubles, sums: Doubles, value: float) -> float:
    """Variance of the window; ``sums`` holds the place, the sum, and that of squares."""
    place, n = int(sums[0]), ring.shape[1]
    old = ring[0, place]
    ring[0, place] = value
    sums[0] = (place + 1) % n
    sums[1] += value - old
    sums[2] += value * value - old * old
    mean = sums[1] / n
    return sums[2] / n - mean * mean


def push_correlation(ring: Doubles, sums: Doubles, x: float, y: float) -> float:
    """Correlation of the window; ``sums`` holds the place, and the sums of x, y, xx, xy, yy."""
    place, n = int(sums[0]), ring.shape[1]
    a, b = ring[0, place], ring[1, place]
    ring[0, place], ring[1, place] = x, y
    sums[0] = (place + 1) % n
    sums[1] += x - a
    sums[2] += y - b
    sums[3] += x * x - a * a
    sums[4] += x * y - a * b
    sums[5] += y * y - b * b
    xx, yy = n * sums[3] - sums[1] * sums[1], n * sums[5] - sums[2] * sums[2]
    return (n * sums[4] - sums[1] * sums[2]) / sqrt(xx * yy)


def push_distance(ring: Doubles, sums: Doubles, x: float, y: float) -> float:
    """Distance of the windows; ``sums`` holds the place, and the sum of squares."""
    place = int(sums[0])
    square = (x - y) * (x - y)
    sums[0] = (place + 1) % ring.shape[1]
    sums[1] += square - ring[0, place]
    ring[0, place] = square
    return sqrt(sums[1])


def push_entropy(ring: Doubles, sums: Doubles, value: int) -> float:
    """Entropy of the window's bins; ``sums`` holds the place, the sum of c log2 c, the counts.

    The window begins full of bin 0.
    """
    place, n = int(sums[0]), ring.shape[1]
    sums[0] = (place + 1) % n
    old, new = 2 + int(ring[0, place]), 2 + value
    ring[0, place] = value
    for at, step in ((old, -1), (new, 1)):
        before, after = sums[at], sums[at] + step
        sums[at] = after
        if before > 0:
            sums[1] -= before * np.log2(before)
        if after > 0:
            sums[1] += after * np.log2(after)
    return np.log2(n) - sums[1] / n
