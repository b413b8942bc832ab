"""The fusion as one would write it for numba: plain Python until it compiles it."""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def fuse(scores: Floats, performance: Floats, out: Floats, scratch: Floats) -> None:
    """Every combination of scores and of ranks, as `hydrophone.kernels.fuse` has them.

    Args:
        scores: Shape (decisions, systems, candidates), no two equal in a row.
        performance: Shape (systems,).
        out: Shape (decisions, 6, candidates).
        scratch: Shape (3, systems, candidates + 1); the last column of one holds strengths.
    """
    systems, n = scores.shape[1], scores.shape[2]
    normal, curves, ranks = scratch[0], scratch[1], scratch[2]
    known = False
    for a in range(systems):
        known = known or performance[a] != 0
    for decision in range(scores.shape[0]):
        table, fused = scores[decision], out[decision]
        for a in range(systems):
            low = high = table[a, 0]
            for i in range(1, n):
                low, high = min(low, table[a, i]), max(high, table[a, i])
            step = np.float32(1) / (high - low)
            for i in range(n):
                normal[a, i] = (table[a, i] - low) * step
            for i in range(n):
                place = 0
                for j in range(n):
                    place += normal[a, j] > normal[a, i]
                ranks[a, i] = place + 1
                curves[a, place] = normal[a, i]
        for a in range(systems):
            curves[a, n] = 0
        for a in range(systems):
            for b in range(a):
                apart = np.float32(0)
                for i in range(n):
                    apart += (curves[a, i] - curves[b, i]) * (curves[a, i] - curves[b, i])
                apart = np.float32(sqrt(apart / n))
                curves[a, n] += apart
                curves[b, n] += apart
        for side in range(3):
            total = whole = np.float32(0)
            for i in range(n):
                fused[side, i] = fused[side + 3, i] = 0
            for a in range(systems):
                weight = np.float32(1)
                if side == 1:
                    weight = curves[a, n]
                elif side == 2 and known:
                    weight = performance[a]
                inverse = np.float32(1) / weight
                total += weight
                whole += inverse
                for i in range(n):
                    fused[side, i] += weight * normal[a, i]
                    fused[side + 3, i] += inverse * ranks[a, i]
            for i in range(n):
                fused[side, i] /= total
                fused[side + 3, i] /= whole
