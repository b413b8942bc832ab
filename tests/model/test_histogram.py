import numpy as np
import pytest

from hydrophone_model.histogram import (
    BUCKETS,
    QUANTILES,
    SUB_BITS,
    VALUE_BITS,
    WORDS,
    LogHistogram,
    bucket_of,
    upper_bounds,
)

LARGEST = 2**VALUE_BITS - 1


def stimulus(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.exp2(rng.uniform(0, VALUE_BITS - 0.01, count)).astype(np.uint64)


def test_buckets_cover_every_value_once_and_grow_with_it():
    bounds = upper_bounds()
    assert bounds[-1] == LARGEST
    assert np.array_equal(bucket_of(bounds), np.arange(BUCKETS))
    assert np.array_equal(bucket_of(bounds[:-1] + 1), np.arange(1, BUCKETS))


@pytest.mark.parametrize("shape", ["octaves", "normal", "one"])
def test_quantiles_are_numpys_or_above_them_by_less_than_a_bucket(seed, shape):
    rng = np.random.default_rng(seed)
    values = {
        "octaves": stimulus(rng, 5000),
        "normal": rng.normal(1e5, 1e4, 5001).astype(np.uint64),
        "one": np.full(7, 12345, np.uint64),
    }[shape]
    histogram = LogHistogram()
    histogram.record_many(values)
    for q in (0.0, *QUANTILES, 1.0):
        exact = int(np.percentile(values, 100 * q, method="inverted_cdf"))
        assert exact <= histogram.quantile(q) <= exact * (1 + 2**-SUB_BITS)
    assert histogram.quantile(1.0) == histogram.most == values.max()
    assert (histogram.count, histogram.least) == (values.size, values.min())
    assert histogram.total == int(values.sum())


def test_what_is_too_large_counts_as_the_largest():
    histogram = LogHistogram()
    histogram.record(2**63)
    assert histogram.quantile(0.5) == histogram.most == LARGEST


def test_weights_count_events(seed):
    values = stimulus(np.random.default_rng(seed), 100)
    weighted, repeated = LogHistogram(), LogHistogram()
    weighted.record_many(values, np.arange(100))
    repeated.record_many(np.repeat(values, np.arange(100)))
    assert np.array_equal(weighted.memory, repeated.memory)


def test_merging_is_recording_in_one(seed):
    values = stimulus(np.random.default_rng(seed), 1000)
    whole, first, second = LogHistogram(), LogHistogram(), LogHistogram()
    whole.record_many(values)
    first.record_many(values[:300])
    before = first.copy()
    second.record_many(values[300:])
    first.merge(second)
    assert np.array_equal(first.memory, whole.memory)
    assert np.array_equal(first.since(before).memory[:BUCKETS], second.memory[:BUCKETS])
    assert first.since(before).quantile(0.5) == second.quantile(0.5)
    assert LogHistogram.of_sparse(whole.sparse()).quantile(0.99) == whole.quantile(0.99)


def test_prometheus_counts_what_is_at_most_a_bound(seed):
    values = stimulus(np.random.default_rng(seed), 1000)
    histogram = LogHistogram()
    histogram.record_many(values)
    bounds = upper_bounds()[bucket_of(values[:3])]
    assert histogram.at_most(bounds.tolist()) == [int((values <= b).sum()) for b in bounds]


def test_an_empty_one_and_one_that_was_reset():
    histogram = LogHistogram()
    histogram.record(5)
    histogram.reset()
    assert np.array_equal(histogram.memory, LogHistogram().memory)
    assert histogram.record_of() == {
        "unit": "ns per event", "events": 0, "mean": 0.0, "min": 0.0, "p50": 0.0, "p90": 0.0,
        "p99": 0.0, "p99.9": 0.0, "p99.99": 0.0, "max": 0.0,
    }  # fmt: skip


def test_refusals():
    with pytest.raises(ValueError, match=r"q = 1.5 is not allowed: use 0 … 1"):
        LogHistogram().quantile(1.5)
    with pytest.raises(ValueError, match=rf"give {WORDS} of uint64"):
        LogHistogram(np.zeros(3, np.uint64))
