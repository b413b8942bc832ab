"""Ranks of candidates: the largest key is first, equal keys share the mean of their ranks."""

import numpy as np
from numpy.typing import NDArray

from hydrophone_model.fixed import Fixed, Raw


def half_rank_format(candidates: int) -> Fixed:
    """Format of a rank among so many candidates; a mean of two ranks has half steps."""
    return Fixed(integer=candidates.bit_length(), fraction=1)


def ranked(keys: Raw, present: NDArray[np.bool_]) -> tuple[Raw, Raw]:
    """Ranks and places of the present candidates by descending key.

    Steps:
        For each candidate that is present:

        1. ``above`` is the number of present candidates with a larger key, ``equal`` the number of
           those with the same key, itself included, ``earlier`` the number of those among the
           latter that have a smaller number.
        2. Its *half rank* is ``2 * above + equal + 1``, twice the mean rank; its *place* is
           ``above + earlier``. Both are 0 for a candidate that is not present.

    Args:
        keys: Shape (…, candidates).
        present: Who takes part, of a shape that broadcasts to that of the keys.

    Returns:
        Mean ranks from 1 on, raw with one fraction bit; and distinct places from 0 on, where equal
        keys stand in the order of their candidates. Both are 0 where a candidate is not present.
    """
    present = np.broadcast_to(present, keys.shape)
    above = np.zeros(keys.shape, np.int64)
    equal, earlier = np.zeros_like(above), np.zeros_like(above)
    for other in range(keys.shape[-1]):
        key, other_present = keys[..., other, None], present[..., other, None]
        above += other_present & (key > keys)
        same = other_present & (key == keys)
        equal += same
        earlier[..., other + 1 :] += same[..., other + 1 :]
    # A candidate equals itself: 2 * above + (equal - 1) + 2.
    half = np.where(present, 2 * above + equal + 1, 0)
    return half, np.where(present, above + earlier, 0)
