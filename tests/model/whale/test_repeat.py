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
    """Surprise at each (price, size, side) of one symbol."""
    price, size, side = prints.T
    columns = {"symbol": np.zeros_like(price), "price": price, "size": size, "side": side}
    return RepeatModel(params).process(**columns)["surprise"]


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
    for event, (price, size, side) in enumerate(prints.tolist()):
        if event and event % (1 << params.half_life) == 0:
            halved(joint)
            halved(places)
        if event and event % (1 << params.half_life + SLOW_LOG2) == 0:
            halved(sizes)
            halved(every)
        counts: list[int] = []
        for table, key in (
            (joint, (price, side, size)), (places, (price, side)), (sizes, size), (every, None),
        ):  # fmt: skip
            table[key] = min(table[key] + COUNT.one, COUNT.max)
            counts.append(table[key])
        logs = log2(np.array(counts))
        information = max(int(logs[0] - logs[1] + logs[3] - logs[2]), 0)
        product = (counts[0] - COUNT.one) * information
        down = COUNT.fraction + FRACTION - EVIDENCE.fraction + params.scale
        result.append(min(product >> down, EVIDENCE.max))
    return result


def slots(prints: Raw, params: RepeatParams) -> tuple[Raw, ...]:
    """Slots of joint keys, places and sizes."""
    price, size, side = prints.T
    size_hash, place_hash = mix(size), mix(price << 1 | side)
    return tuple(
        key & params.slot.max for key in (mix(size_hash ^ place_hash), place_hash, size_hash)
    )


@pytest.mark.parametrize("half_life", [3, 4, 7])
def test_without_collisions_it_is_that_of_dictionaries(half_life: int, seed: int):
    rng = np.random.default_rng(seed)
    params = RepeatParams(symbols=2, slots=256, half_life=half_life, scale=0)
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
    prints = keys[skewed]
    got = surprise(prints, params)
    assert got.tolist() == expected(prints, params)
    assert np.mean(got > 0) > 0.1


def test_the_same_clip_at_the_same_price_and_side_surprises():
    rng = np.random.default_rng(1)
    noise = np.stack(
        [rng.integers(1000, 1010, 600), rng.integers(1, 500, 600), rng.integers(0, 2, 600)], axis=-1
    )
    iceberg = noise.copy()
    iceberg[300::3] = (1005, 777, 0)
    quiet, loud = surprise(noise), surprise(iceberg)
    assert np.median(loud[450::3]) > 4 * max(np.percentile(quiet[450:], 95), 1)


def test_a_common_lot_surprises_nobody_nor_does_a_busy_price():
    rng = np.random.default_rng(2)
    price, side = rng.integers(1000, 1030, 4000), rng.integers(0, 2, 4000)
    size = rng.integers(1, 2000, 4000)
    lots = surprise(np.stack([price, np.full(4000, 100), side], axis=-1))
    busy = surprise(np.stack([np.full(4000, 1000), size, np.zeros(4000, np.int64)], axis=-1))
    clip = np.stack([price, size, side], axis=-1)
    clip[::4] = (1003, 777, 1)
    own = surprise(clip)[::4]
    assert np.percentile(lots[1000:], 99) < np.median(own[250:]) / 4
    assert np.percentile(busy[1000:], 99) < np.median(own[250:]) / 4


def test_one_print_is_no_repetition():
    assert surprise(np.array([[5, 5, 0]])).tolist() == [0]


def test_mixing_is_one_to_one_on_words(seed: int):
    words = np.unique(np.random.default_rng(seed).integers(0, 2**32, 100_000))
    mixed = mix(words)
    assert np.unique(mixed).size == words.size
    assert mixed.min() >= 0
    assert mixed.max() < 2**32
