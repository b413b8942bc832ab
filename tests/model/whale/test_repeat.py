"""Repeat surprise against plain dictionaries that decay at every tick, and what it hears."""

from collections import defaultdict

import numpy as np
import pytest

from hydrophone_model.dsp.log2 import FRACTION, log2
from hydrophone_model.fixed import Raw
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.whale.repeat import COUNT, SLOW_LOG2, RepeatModel, RepeatParams, mix

PARAMS = RepeatParams(symbols=2, slots=256, half_life=4)


def surprise(prints: Raw, params: RepeatParams = PARAMS) -> Raw:
    """Surprise at each (price, size, side, joined) of one symbol; joined may be left out."""
    price, size, side = prints.T[:3]
    joined = prints.T[3] if prints.shape[1] > 3 else np.zeros_like(price)
    columns = {"price": price, "size": size, "side": side, "joined": joined}
    return RepeatModel(params).process(symbol=np.zeros_like(price), **columns)["surprise"]


def halved(counts: dict[object, int]) -> None:
    for key in counts:
        counts[key] >>= 1


def expected(prints: Raw, params: RepeatParams) -> list[int]:
    """The same from dictionaries, which cannot collide, halved as soon as a half-life is over."""
    joint: dict[object, int] = defaultdict(int)
    places: dict[object, int] = defaultdict(int)
    sizes: dict[object, int] = defaultdict(int)
    every: dict[object, int] = defaultdict(int)
    result: list[int] = []
    for event, (price, size, side, joined) in enumerate(prints.tolist()):
        if event and event % (1 << params.half_life) == 0:
            halved(joint)
            halved(places)
        if event and event % (1 << params.half_life + SLOW_LOG2) == 0:
            halved(sizes)
            halved(every)
        counts: list[int] = []
        weight = params.joined if joined else COUNT.one
        for table, key in (
            (joint, (price, side, size)), (places, (price, side)), (sizes, size), (every, None),
        ):  # fmt: skip
            table[key] = min(table[key] + weight, COUNT.max)
            counts.append(table[key])
        logs = log2(np.array(counts))
        # Less than one event is never expected.
        usual = max(int(logs[1] + logs[2] - logs[3]), int(log2(np.array([COUNT.one]))[0]))
        repeats = max(counts[0] - COUNT.one, 0)
        product = repeats * max(int(logs[0]) - usual, 0)
        one = COUNT.one << FRACTION
        bits = log2(np.array([product + one]))[0] - log2(np.array([one]))[0]
        result.append(min(int(bits) >> FRACTION - EVIDENCE.fraction, EVIDENCE.max))
    return result


def slots(prints: Raw, params: RepeatParams) -> tuple[Raw, ...]:
    """Slots of joint keys, places and sizes."""
    price, size, side = prints.T[:3]
    size_hash, place_hash = mix(size), mix(price << 1 | side)
    return tuple(
        key & params.slot.max for key in (mix(size_hash ^ place_hash), place_hash, size_hash)
    )


@pytest.mark.parametrize("half_life", [3, 4, 7])
def test_without_collisions_it_is_that_of_dictionaries(half_life: int, seed: int):
    rng = np.random.default_rng(seed)
    params = RepeatParams(symbols=2, slots=256, half_life=half_life)
    for _ in range(50):
        price = rng.integers(1, 100_000, 4)
        size = rng.integers(1, 100_000, 3)
        keys = np.array([(p, s, a) for p in price for s in size for a in (0, 1)])
        joint, place, sizes = slots(keys, params)
        if len(set(joint)) == 24 and len(set(place)) == 8 and len(set(sizes)) == 3:
            break
    else:
        pytest.fail("no keys without collisions in 50 draws")
    skewed = np.minimum(rng.geometric(0.15, 3000) - 1, 23)
    prints = np.column_stack([keys[skewed], rng.integers(0, 2, 3000)])
    got = surprise(prints, params)
    assert got.tolist() == expected(prints, params)
    assert np.mean(got > 0) > 0.1


def test_the_same_clip_at_the_same_price_and_side_surprises(seed: int):
    rng = np.random.default_rng(seed)
    noise = np.stack(
        [rng.integers(1000, 1010, 600), rng.integers(1, 500, 600), rng.integers(0, 2, 600)], axis=-1
    )
    iceberg = noise.copy()
    iceberg[300::3] = (1005, 777, 0)
    quiet, loud = surprise(noise), surprise(iceberg)
    assert np.median(loud[450::3]) > np.percentile(quiet[450:], 95) + 2 * EVIDENCE.one


def test_children_of_one_sweep_are_no_repetition(seed: int):
    rng = np.random.default_rng(seed)
    noise = [rng.integers(1000, 1010, 400), rng.integers(1, 500, 400), np.zeros(400, np.int64)]
    sweep = np.column_stack([*noise, np.ones(400, np.int64)])
    sweep[200:] = (1005, 777, 0, 1)
    apart = sweep.copy()
    apart[:, 3] = 0
    assert np.median(surprise(sweep)[220:240]) < np.median(surprise(apart)[220:240]) - EVIDENCE.one


def test_a_common_lot_surprises_nobody_nor_does_a_busy_price(seed: int):
    rng = np.random.default_rng(seed)
    price, side = rng.integers(1000, 1030, 4000), rng.integers(0, 2, 4000)
    size = rng.integers(1, 2000, 4000)
    lots = surprise(np.stack([price, np.full(4000, 100), side], axis=-1))
    busy = surprise(np.stack([np.full(4000, 1000), size, np.zeros(4000, np.int64)], axis=-1))
    clip = np.stack([price, size, side], axis=-1)
    clip[::4] = (1003, 777, 1)
    own = surprise(clip)[::4]
    for common in (lots, busy):
        assert np.percentile(common[1000:], 99) < np.median(own[250:]) - EVIDENCE.one


def test_one_print_is_no_repetition():
    assert surprise(np.array([[5, 5, 0]])).tolist() == [0]


def test_mixing_is_one_to_one_on_words(seed: int):
    words = np.unique(np.random.default_rng(seed).integers(0, 2**32, 100_000))
    mixed = mix(words)
    assert np.unique(mixed).size == words.size
    assert mixed.min() >= 0
    assert mixed.max() < 2**32
