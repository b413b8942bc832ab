"""Size entropy against SciPy's entropy, its laws and its edges."""

import numpy as np
import scipy.stats
from tests.model.signals.truth import STEP, averages, scored, sides, sizes

from hydrophone_model.dsp import entropy
from hydrophone_model.dsp.log2 import log2
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.signals.size_entropy import SIDE_FRACTION, SizeEntropyModel, SizeEntropyParams

PARAMS = SizeEntropyParams(symbols=1)


def test_it_is_the_missing_entropy_times_the_mean_side(seed: int):
    rng = np.random.default_rng(seed)
    size, side = sizes(rng, 2000), sides(rng, 2000)
    size[700:900] = 5
    got = scored(SizeEntropyModel(PARAMS), print=log2(size), side=side)
    assert np.all(np.isnan(got[:63]))
    lean = averages(np.where(side, -1.0, 1.0), PARAMS.memory)
    octave = log2(size) >> 10
    # The entropy and its cut to evidence, then what the mean side was cut off by.
    below_error = entropy.ERROR_BOUND + EVIDENCE.resolution
    lean_error = 2.0**-SIDE_FRACTION
    for end in range(64, 2001):
        counts = np.bincount(octave[end - 64 : end])
        below = 5 - float(scipy.stats.entropy(counts, base=2))
        truth = below * lean[end - 1]
        bound = below_error * abs(lean[end - 1]) + (below + below_error) * lean_error + STEP
        assert abs(got[end - 1] - truth) <= bound


def test_equal_clips_of_one_side_have_all_of_it():
    for side, sign in ((0, 1), (1, -1)):
        got = scored(SizeEntropyModel(PARAMS), print=np.full(400, 3 << 10), side=np.full(400, side))
        assert np.all(got[63:] == sign * 5)


def test_both_sides_cancel():
    got = scored(SizeEntropyModel(PARAMS), print=np.full(400, 3 << 10), side=np.arange(400) % 2)
    assert np.all(np.abs(got[63:]) < 5 / 16)
