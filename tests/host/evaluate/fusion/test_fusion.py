"""Does fusing help: on samples whose truth is known, and without a look ahead."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from hydrophone_cli import main
from hydrophone_evaluate.fusion.experiment import (
    PAST_BEST,
    RANDOM,
    SHUFFLED,
    Experiment,
    fused_pairs,
    ordering_results,
    oriented,
)
from hydrophone_evaluate.fusion.markets import Market, Samples, sampled
from hydrophone_evaluate.fusion.metrics import coefficients, hits, mean_of
from hydrophone_evaluate.fusion.tables import record, tables
from hydrophone_model.config import DesignConfig
from hydrophone_model.formats import MISSING
from hydrophone_model.records import EVENT
from hydrophone_model.signals.signals import System

SETTLEMENTS, CANDIDATES = 1500, 5
CONFIG = DesignConfig.preset()
SEEING = (System.MOMENTUM, System.SIZE_ENTROPY, System.TREND)
"""Systems that see some of the future; order sees it upside down."""


def samples(seed: int) -> Samples:
    rng = np.random.default_rng(seed)
    outcome = rng.normal(0, 100, (SETTLEMENTS, CANDIDATES))
    scores = rng.normal(0, 300, (SETTLEMENTS, len(System), CANDIDATES))
    for system in SEEING:
        scores[:, system] += outcome * (-1.2 if system is System.SIZE_ENTROPY else 1.2)
    return Samples(
        market="known",
        candidates=tuple("abcde"),
        events=SETTLEMENTS,
        scores=np.rint(scores).astype(np.int64),
        present=rng.random((SETTLEMENTS, CANDIDATES)) < 0.9,
        outcome=np.rint(outcome).astype(np.int64),
        before=np.vstack([np.zeros((1, CANDIDATES)), np.rint(outcome[:-1])]).astype(np.int64),
    )


def test_who_sees_the_future_is_told_from_who_does_not(seed: int):
    shown = dict(ordering_results(samples(seed), CONFIG.fusion, np.random.default_rng(seed)))
    for system in System:
        mean = shown[system.name.lower()].coefficient
        if system in SEEING:
            assert mean.value > 0.2
            assert mean.t > 10
        else:
            assert abs(mean.t) < 4.5
    for chance in (RANDOM, SHUFFLED):
        assert abs(shown[chance].coefficient.t) < 4.5
        assert abs(shown[chance].lift.t) < 4.5
    best = max(shown[system.name.lower()].coefficient.value for system in SEEING)
    assert shown["score average"].coefficient.value > best - 0.05
    assert shown["score performance"].coefficient.value > best + 0.05, "three see more than one"
    assert shown["score performance"].lift.value > 0.1
    assert shown[PAST_BEST].coefficient.value == pytest.approx(best, abs=0.05)


def test_two_that_see_gain_where_one_that_does_not_costs(seed: int):
    gain = {pair.systems: pair.by_score - pair.better for pair in fused_pairs(samples(seed))}
    assert gain[System.MOMENTUM, System.TREND] > 0.03
    assert gain[System.MOMENTUM, System.VOLUME_SURPRISE] < -0.03
    assert all(0 < pair.diversity < 1 for pair in fused_pairs(samples(seed)))


def test_the_future_decides_nothing_about_the_past(seed: int):
    whole, place = samples(seed), 1000
    changed = replace(
        whole, outcome=np.where(np.arange(SETTLEMENTS)[:, None] < place, 1, -1) * whole.outcome
    )
    cut = place - SETTLEMENTS // 6
    for ours, theirs in zip(oriented(whole), oriented(changed), strict=True):
        assert np.array_equal(ours[:cut], theirs[:cut])


def test_boards_and_outcomes_know_nothing_of_later_events(seed: int):
    rng = np.random.default_rng(seed)
    events = np.zeros(6000, EVENT.dtype)
    events["time_ns"] = np.cumsum(rng.integers(1, 10**7, events.size))
    events["price"] = 50_000 + np.cumsum(rng.integers(-2, 3, events.size))
    events["size"] = rng.integers(1, 100, events.size)
    events["side"] = rng.integers(0, 2, events.size)
    events["symbol"] = rng.integers(0, 3, events.size)
    other = events.copy()
    other["price"][4000:] += rng.integers(1, 1000, 2000).astype(np.uint32)
    market = Market(name="random", candidates=dict.fromkeys("abc", ()))
    ours, theirs = (
        sampled(market, tape, horizons=(64,), config=CONFIG)[64] for tape in (events, other)
    )
    before = 4000 // 64
    assert np.array_equal(ours.scores[:before], theirs.scores[:before])
    assert np.array_equal(ours.before[:before], theirs.before[:before])
    assert np.array_equal(ours.outcome[: before - 1], theirs.outcome[: before - 1])
    assert not np.array_equal(ours.outcome, theirs.outcome)
    assert np.array_equal(ours.outcome[:-1], ours.before[1:]), "what follows is what was settled"
    assert ours.present[-1].all()
    assert not np.any(ours.scores[-1] == MISSING)
    # Exact returns from the prices themselves.
    own = events["symbol"][: 64 * 51] == 0
    then, now = (events["price"][: 64 * k][own[: 64 * k]][-1] for k in (50, 51))
    assert ours.before[50, 0] * 2.0**-17 == pytest.approx(
        int(now) / int(then) - 1, rel=2e-3, abs=2**-17
    )


def test_a_coefficient_is_spearmans(seed: int):
    rng = np.random.default_rng(seed)
    keys, outcome = rng.integers(0, 6, (2, 200, 7))
    present = rng.random((200, 7)) < 0.8
    told = coefficients(keys, present, outcome)
    for row, there in enumerate(present):
        x, y = keys[row, there], outcome[row, there]
        if len(set(y.tolist())) < 2:
            assert np.isnan(told[row])
        elif len(set(x.tolist())) < 2:
            assert told[row] == 0
        else:
            assert told[row] == pytest.approx(stats.spearmanr(x, y)[0])


def test_a_hit_is_a_best_candidate_above_the_mean():
    keys = np.array([[3, 2, 1], [3, 3, 1], [1, 2, 3], [1, 1, 1]])
    outcome = np.array([[9, 0, 0], [9, 0, 0], [5, 5, 5], [9, 0, 0]])
    hit, chance = hits(keys, np.ones_like(keys, bool), outcome)
    np.testing.assert_allclose(hit, [1, 0.5, np.nan, 1 / 3])
    np.testing.assert_allclose(chance, [1 / 3, 1 / 3, np.nan, 1 / 3])


def test_errors_know_that_neighbours_resemble_each_other(seed: int):
    noise = np.random.default_rng(seed).normal(0, 1, 4000)
    alone = mean_of(noise)
    assert alone.error == pytest.approx(1 / np.sqrt(noise.size), rel=0.1)
    together = mean_of(np.convolve(noise, np.ones(4) / 2, mode="valid"))
    assert together.error > 1.5 * alone.error
    assert mean_of(np.array([np.nan, 1.0, np.nan, 3.0])).value == 2


def test_tables_and_record_tell_the_same(seed: int):
    own = samples(seed)
    shown = dict(ordering_results(own, CONFIG.fusion, np.random.default_rng(seed)))
    # A combination that is level at one horizon is behind at another.
    soon = {**shown, "rank average": shown[RANDOM]}
    experiment = Experiment(
        seed=seed,
        markets={"known": (own.candidates, own.events)},
        results={16: {"known": soon}, 64: {"known": shown}, 256: {}},
        pairs=tuple(fused_pairs(own)),
    )
    text = tables(experiment)
    told = record(experiment)["orderings"]["64"]["known"]["trend"]
    assert told["coefficient"] == shown["trend"].coefficient.value
    assert f"{told['coefficient']:+.3f}" in text
    assert "### Does it help, 64 events ahead?" in text
    gains = text.partition("### Against the best system of the past")[2].partition("###")[0]
    (row,) = (line for line in gains.splitlines() if line.startswith("| rank average"))
    values = [
        shown[n].coefficients - shown[PAST_BEST].coefficients for n in (RANDOM, "rank average")
    ]
    wanted = [cell for mean in map(mean_of, values) for cell in (str(mean), f"{mean.t:.1f}")]
    assert [cell.strip() for cell in row.split("|")[2:-1]] == wanted
    assert float(wanted[1]) < -4
    assert "| 256 events |" not in gains
    assert "score performance, against the best system of the past: better" in text


@pytest.mark.parametrize("option", [["--check"], ["--alert-budget", "0.001"]])
def test_what_belongs_to_whales_is_refused(option: list[str], tmp_path, capsys):
    assert main(["evaluate", "fusion", "--data", str(tmp_path), *option]) == 2
    assert f"{option[0]} belongs to `evaluate whales`" in capsys.readouterr().err


def test_missing_markets_are_named(tmp_path, capsys):
    assert main(["evaluate", "fusion", "--data", str(tmp_path)]) == 3
    assert "no market of several candidates" in capsys.readouterr().err


def test_real_markets_run_quickly(market_data, tmp_path, capsys):
    data = market_data("binance_raw").parent
    picture = tmp_path / "fusion.png"
    assert (
        main(["evaluate", "fusion", "--quick", "--data", str(data), "--picture", str(picture)]) == 0
    )
    assert "### By horizon" in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")
