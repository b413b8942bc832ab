import json

import numpy as np
import pytest

from hydrophone_bench import history, workloads
from hydrophone_bench.history import BenchRun, append, comparable, read
from hydrophone_bench.interruptions import Interruptions
from hydrophone_bench.regression import ALPHA, changes, holm
from hydrophone_cli import main

FIGURES = ("a", "b", "c", "d", "e")


def runs(rng: np.random.Generator, count: int, *, between: float, within: float = 0.01):
    """Runs without a change: each lies somewhere, its processes around it."""
    found = []
    for _ in range(count):
        place = 100 * np.exp(rng.normal(0, between, len(FIGURES)))
        samples = place[:, None] * np.exp(rng.normal(0, within, (len(FIGURES), 11)))
        found.append(dict(zip(FIGURES, samples.tolist(), strict=True)))
    return found


@pytest.mark.parametrize(("between", "within"), [(0.0, 0.01), (0.005, 0.01), (0.0, 0.1)])
def test_noise_is_flagged_no_more_often_than_stated(seed, between, within):
    rng = np.random.default_rng(seed)
    times = 200
    flagged = 0
    for _ in range(times):
        # Of two runs, where the spread of earlier ones is not known yet, and of six.
        *earlier, latest = runs(rng, 2 if not between else 6, between=between, within=within)
        flagged += any(change.flagged for change in changes(earlier, latest))
    # Three standard deviations of a binomial count above the rate.
    assert flagged <= times * ALPHA + 3 * np.sqrt(times * ALPHA * (1 - ALPHA))


def test_where_runs_differ_among_themselves_only_a_larger_change_counts(seed):
    rng = np.random.default_rng(seed)
    latest = runs(rng, 1, between=0.0)[0]
    quiet, loud = (
        [change.least for _ in range(20) for change in changes(runs(rng, 5, between=x), latest)]
        for x in (0.001, 0.03)
    )
    assert max(quiet) == 0.03
    assert np.median(loud) > 0.05


@pytest.mark.parametrize("factor", [1.06, 0.94])
def test_a_change_is_flagged(seed, factor):
    rng = np.random.default_rng(seed)
    found = 0
    for _ in range(50):
        *earlier, latest = runs(rng, 6, between=0.003)
        latest["c"] = [factor * x for x in latest["c"]]
        by_name = {change.name: change for change in changes(earlier, latest)}
        found += by_name["c"].flagged and by_name["c"].slower == (factor > 1)
    assert found >= 45


def test_one_earlier_run_is_enough(seed):
    earlier, latest = runs(np.random.default_rng(seed), 2, between=0.0)
    latest["a"] = [1.2 * x for x in latest["a"]]
    assert [change.name for change in changes([earlier], latest) if change.slower] == ["a"]
    assert changes([], latest) == []


def test_holm_is_the_textbooks():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def run_of(figures, machine: str = "m") -> BenchRun:
    return BenchRun(
        version=1, time="", commit="", machine=machine, described="", figures=figures,
        nanoseconds={},
    )  # fmt: skip


def test_a_history_passes_over_what_is_damaged_and_other_machines(tmp_path):
    path = tmp_path / "below" / "history.jsonl"
    assert read(path) == ([], 0)
    mine = [run_of({"a": [float(number)]}) for number in range(1, 9)]
    for run in mine:
        append(path, run)
        append(path, run_of({"a": [1.0]}, machine="other"))
    with path.open("a") as file:
        file.write('{"version": 2}\n[]\n\x00\n{"torn": \n')
        file.write(json.dumps({**vars(mine[0]), "figures": {"a": ["x"]}}) + "\n")
    found, broken = read(path)
    assert (len(found), broken) == (16, 5)
    assert comparable(found, mine[0]) == mine[-history.RUNS :]


def test_the_machine_is_part_of_what_is_compared(monkeypatch):
    here = BenchRun.of({"a": [1.0]}, {})
    monkeypatch.setattr(history.platform, "machine", lambda: "another")
    assert BenchRun.of({"a": [1.0]}, {}).machine != here.machine


def test_real_work_that_takes_longer_is_flagged_by_the_command(tmp_path, monkeypatch, capsys):
    """Samples of this process in place of others'; the work is a loop that gets longer."""
    length = [3000]

    def sampled(processes: int, turns: int):
        def work() -> int:
            return sum(range(length[0]))

        works = {"loop": (work, 1), "other": (lambda: sum(range(3000)), 1)}
        samples = [workloads.sample(works, turns) for _ in range(processes)]
        return (
            {name: [sample[name][0] for sample in samples] for name in works},
            {name: samples[0][name][1] for name in works},
        )

    monkeypatch.setattr(workloads, "sampled", sampled)
    taken = [0.0]
    monkeypatch.setattr(
        Interruptions, "here", lambda seconds: Interruptions.of(1e9, [taken[0] * 1e9])
    )
    path = tmp_path / "history.jsonl"
    words = ["bench", "history", "--check", "--quick", "--history", str(path)]
    assert main(words) == 0
    assert "no earlier run" in capsys.readouterr().out
    length[0] = 6000
    assert main(words) == 1
    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["loop"].endswith("SLOWER")
    assert len(read(path)[0]) == 2
    taken[0] = 0.3
    assert main(words) == 0
    assert "this machine is busy: 30% of a processor went to others" in capsys.readouterr().out
    assert len(read(path)[0]) == 2


@pytest.mark.nightly
def test_the_real_workloads_are_quiet_beside_themselves(tmp_path):
    path = tmp_path / "history.jsonl"
    words = ["bench", "history", "--history", str(path)]
    assert [main(words) for _ in range(3)] == [0, 0, 0]
    if len(read(path)[0]) < 3:
        pytest.skip("the machine is busy")
    first, *others = read(path)[0]
    assert not any(
        change.flagged for run in others for change in changes([first.figures], run.figures)
    )


def test_sampling_takes_turns_beside_a_reference():
    calls = []
    works = {name: (lambda name=name: calls.append(name), 2) for name in "xy"}
    found = workloads.sample(works, 3)
    assert calls == list("xy" * 4)
    assert all(ratio > 0 and nanoseconds > 0 for ratio, nanoseconds in found.values())
