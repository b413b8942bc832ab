"""Baselines are causal and hear what they should; the shared calibration keeps its budget."""

import numpy as np
import pytest
from tests.host.evaluate.synthetic import made_up

from hydrophone_evaluate.detection.alert_calibration import (
    Prints,
    calibrated,
    first_ladder,
    one_symbol,
)
from hydrophone_evaluate.detection.baselines import (
    BASELINES,
    SLOW,
    columns_of,
    cusum,
    ewma_z,
    parent_z,
    print_z,
    quantised,
)
from hydrophone_evaluate.detection.experiment import baseline_detector
from hydrophone_model.config import DesignConfig
from hydrophone_model.formats import EVIDENCE
from hydrophone_model.records import Kind
from hydrophone_model.whale.score import Evidence

QUICK = [name for name in BASELINES if name != SLOW]


@pytest.mark.parametrize("name", QUICK)
def test_no_baseline_looks_ahead(name: str, seed: int):
    columns = columns_of(made_up(seed, 2_000).events)
    whole = BASELINES[name](columns)
    changed = {key: values.copy() for key, values in columns.items()}
    changed["size"][1500:] = 1
    changed["side"][1500:] = 0
    assert np.array_equal(BASELINES[name](changed)[:1500], whole[:1500])


def test_the_trees_hear_a_block(seed: int):
    pytest.importorskip("river", reason="river is not installed")
    events = made_up(seed, 1_500).events
    events["size"][1_200] = 2_000_000_000
    scores = BASELINES[SLOW](columns_of(events))
    assert scores[1_200] > np.quantile(scores[600:], 0.99)


def test_print_z_is_the_z_score_of_log_sizes(seed: int):
    columns = columns_of(made_up(seed, 900).events)
    logs = np.log2(columns["size"])
    expected = (logs[800] - logs[:800].mean()) / logs[:800].std()
    assert print_z(columns)[800] == pytest.approx(expected, rel=1e-9)


def test_each_baseline_hears_its_own_whale(seed: int):
    events = made_up(seed, 3_000).events
    block, sweep, slices = events.copy(), events.copy(), events.copy()
    block["size"][2_000] = 5_000_000
    sweep["size"][2_000:2_016] = 40_000
    sweep["side"][2_000:2_016] = 0
    sweep["time_ns"][2_000:2_016] = sweep["time_ns"][2_000]
    slices["side"][2_000:2_400:2] = 1
    slices["size"][2_000:2_400:2] = 600
    for score, tape, span in (
        (print_z, block, slice(2_000, 2_001)),
        (parent_z, sweep, slice(2_008, 2_016)),
        (ewma_z, sweep, slice(2_008, 2_016)),
        (cusum, slices, slice(2_200, 2_400)),
    ):
        heard = score(columns_of(tape))
        assert heard[span].max() > np.quantile(heard[500:2_000], 0.998), score.__name__


def test_a_quantised_score_stays_in_the_format_of_evidence():
    scores = np.array([-3.0, 0.0, 0.5, 1e9])
    EVIDENCE.checked(quantised(scores).tolist())
    assert quantised(scores).tolist() == [0, 0, 8, EVIDENCE.max]


@pytest.mark.parametrize("name", QUICK)
def test_a_baseline_spends_the_whole_budget_on_a_tape_like_those_it_was_fitted_on(
    name: str, seed: int
):
    config = DesignConfig.preset()
    tapes = [made_up(seed + number, 20_000) for number in range(3)]
    hears = baseline_detector(name, config, tapes)
    raised = np.mean([hears(made_up(seed + 10 + n, 20_000).events)[0].mean() for n in range(3)])
    assert 0.5e-3 < raised < 2e-3


def test_calibration_gives_each_head_its_share(seed: int):
    """Heads of very different scale and persistence open episodes in the proportion asked for."""
    rng = np.random.default_rng(seed)
    config = DesignConfig.preset()
    calibration = one_symbol(config.pipeline.score, config.pipeline.alert)
    events = 60_000
    evidence = np.zeros((events, len(Evidence)), np.int64)
    evidence[:, Evidence.PRINT] = rng.exponential(60, events)
    evidence[:, Evidence.PARENT] = rng.exponential(20, events)
    evidence[:, Evidence.SURPRISE] = np.repeat(rng.exponential(40, events // 20), 20)
    evidence[:, Evidence.PERSISTENCE] = np.repeat(rng.exponential(100, events // 100), 100)
    events_of = made_up(seed, events).events
    learned = calibrated(calibration, [evidence], [Prints.of(events_of)])
    alerts = learned.alerts(learned.tails(evidence), Prints.of(events_of))
    counts = np.bincount(alerts.kind[alerts.raised], minlength=len(Kind))
    wanted = np.array(learned.alert.shares) / 256 * learned.alert.budget / 1e6 * events
    assert np.all(np.abs(counts - wanted) < 5 * np.sqrt(wanted) + 2), (counts, wanted)


def test_the_first_ladder_is_the_mean_of_quantiles_and_rises():
    heads = np.arange(4096, dtype=np.int64)[:, None].repeat(len(Kind), axis=1)
    ladder = np.array(first_ladder([heads, 3 * heads], 6)).reshape(len(Kind), 6)
    expected = 2 * 4095 * (1 - 4.0 ** -np.arange(1, 7))
    assert np.all(np.abs(ladder[0] - expected) < 8)
    flat = np.array(first_ladder([np.zeros_like(heads)], 6)).reshape(len(Kind), 6)
    assert np.all(np.diff(flat, axis=1) > 0)
