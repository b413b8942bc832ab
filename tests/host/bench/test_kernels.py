"""`hydrophone bench kernels`: who takes part, what is compared, and how it is told."""

import dataclasses
import json
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hydrophone_bench.kernels import drift, measure, peers, race, tables
from hydrophone_bench.kernels.cases import Case, Contender, Shape, agree
from hydrophone_bench.kernels.data import cases
from hydrophone_bench.kernels.peers import PEERS
from hydrophone_bench.kernels.race import DisagreementError, Effort
from hydrophone_bench.kernels.report import Drift, KernelReport, Native, PeerTime, Row
from hydrophone_bench.machine import Machine
from hydrophone_bench.page import PAGES
from hydrophone_cli import main

SMALL = cases(series=2048, pushes=256, decisions=16)
TINY = Effort(rounds=2, turn_ns=1)


def case_of(kernel: str, shape: Shape = Shape.CALL) -> Case:
    return next(case for case in SMALL if case.key == (kernel, shape))


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_computes_what_we_compute(name: str):
    from hydrophone_bench.kernels import ours

    present, missing = peers.gather()
    if name in missing:
        pytest.skip(f"no {name}: `make bench` installs it")
    peer = next(peer for peer in present if peer.name == name)
    mine = ours.load().contenders
    assert peer.offer.contenders.keys() <= mine.keys()
    for case in SMALL:
        if case.key in peer.offer.contenders:
            theirs = race.answer(case, peer.offer.contenders[case.key](case))
            assert agree(theirs, race.answer(case, mine[case.key](case)), case.tolerance), case.key


def test_ours_takes_part_in_every_case():
    from hydrophone_bench.kernels import ours

    assert {case.key for case in SMALL} == set(ours.load().contenders)


def test_every_peer_that_is_absent_is_named(monkeypatch: pytest.MonkeyPatch):
    def absent() -> None:
        raise ModuleNotFoundError("No module named 'x'", name="x")

    monkeypatch.setattr(peers, "import_module", lambda _: SimpleNamespace(load=absent))
    assert peers.gather() == ([], list(PEERS))


def test_who_computes_something_else_is_not_timed():
    case = case_of("variance")
    contenders = {
        "ours": Contender(code="x.var()"),
        "another": Contender(code="x.var(ddof=1)"),
    }
    with pytest.raises(DisagreementError, match=r"another computes another variance \(call"):
        race.race(case, contenders, TINY, ours="ours")


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1.0, 1.00001, True),
        (1.0, 1.001, False),
        ([1e6, 1e-3], [1e6, 2e-3], True),
        ([1.0, 2.0], [1.0], False),
        ([1.0, math.nan], [1.0, math.nan], True),
        ([1.0, math.nan], [1.0, 1.0], False),
        (0.0, 0.0, True),
    ],
)
def test_answers_agree_within_a_share_of_the_largest(one, other, equal: bool):
    assert agree(one, other, 1e-4) is equal


def test_a_ratio_is_of_turns_of_the_same_round(monkeypatch: pytest.MonkeyPatch):
    # Nanoseconds of an evaluation by expression; the machine gets slower with every evaluation.
    costs = {"None": 10, "x[0]": 10 + 100, "x[0] + 0": 10 + 300}
    slower = iter(range(1, 1000))

    class Clock:
        def __init__(self, code: str, **_) -> None:
            self.cost = costs[code]

        def timeit(self, times: int) -> float:
            return times * (self.cost + (next(slower) > 6) * (self.cost - 10) * 9)

    monkeypatch.setattr(race, "Timer", Clock)
    case = case_of("variance")
    contenders = {"ours": Contender(code="x[0]"), "theirs": Contender(code="x[0] + 0")}
    found = race.race(case, contenders, Effort(rounds=9, turn_ns=1), ours="ours")
    assert found["ours"].ns == 1000
    assert found["theirs"].ns == 3000
    assert found["theirs"].ratio == 3
    per_sample = dataclasses.replace(case, length=10)
    assert race.race(per_sample, contenders, TINY, ours="ours")["ours"].ns == 100


@pytest.mark.parametrize("kernel", drift.TRUTHS)
def test_running_sums_drift_and_ours_do_not(kernel: str):
    from hydrophone_bench.kernels import ours

    case = case_of(kernel, Shape.SERIES)

    def running(case: Case) -> Contender:
        x, y, n = case.data["x"], case.data["y"], case.window

        def mean(values: np.ndarray) -> np.ndarray:
            sums = np.cumsum(values)
            return np.concatenate([sums[n - 1 : n], sums[n:] - sums[:-n]]) / n

        def answer() -> np.ndarray:
            xx, xy, yy = (mean(a * b) - mean(a) * mean(b) for a, b in ((x, x), (x, y), (y, y)))
            values = {
                "moving_average": mean(x),
                "variance": xx,
                "correlation": xy / np.sqrt(xx * yy),
            }
            return values[kernel]

        return Contender(code="answer()", names={"answer": answer})

    makers = {"ours": ours.load().contenders[case.key], "running": running}
    with np.errstate(invalid="ignore"):
        errors = drift.errors(case, makers)
    assert errors["ours"] < 1e-6
    assert errors["running"] > 10 * errors["ours"]


def test_a_window_that_is_no_number_is_as_wrong_as_can_be():
    case = case_of("variance", Shape.SERIES)
    nothing = Contender(code="x[63:] * nan", names={"nan": math.nan})
    assert drift.errors(case, {"nobody": lambda _: nothing}) == {"nobody": math.inf}


def a_report(ratio: float = 2.0) -> KernelReport:
    def row(shape: Shape, peer: dict[str, PeerTime]) -> Row:
        return Row(
            kernel="variance", shape=shape, window=64, size="64", length=1, definition="ddof 0",
            unit="ns/call", ns=12.345, code="variance(x)", peers=peer,
        )  # fmt: skip

    fast = PeerTime(ns=12.345 * ratio, ratio=ratio, code="var(x)", aside="drifts")
    slow = dataclasses.replace(fast, ns=12345, ratio=1000)
    return KernelReport(
        machine=Machine.here(cpu=0, cores=1),
        isa="avx2",
        versions={"Swift": "1.2", "Snail": "3.4"},
        missing=["Ghost"],
        rows=[row(Shape.CALL, {"Snail": slow, "Swift": fast}), row(Shape.STREAM, {})],
        native=[
            Native(
                kernel="variance", window=64, size="64",
                throughput={"avx2": 3.0, "Swift": 3.0 * ratio}, latency={"avx2": 9, "Swift": 30},
            )
        ],
        drifts=[Drift(kernel="variance", window=64, size="64", errors={"hydrophone": 6e-8})],
        native_work="from C++",
    )  # fmt: skip


def test_a_person_reads_times_ratios_and_who_is_missing():
    text = tables.text(a_report())
    for part in ("Swift 1.2, Snail 3.4", "missing: Ghost", "12.3", "2x", "1,000x", "3 / 9"):
        assert part in text
    assert "No peer is ahead" in text
    marks = next(line for line in text.splitlines() if line.endswith("150"))
    assert marks.split()[-3:] == ["100", "100", "150"]
    assert "6.0e-08" in text


def test_a_mark_that_is_missed_is_told():
    report = a_report()
    assert report.missed == []
    report.native[0].latency["avx2"] = 101
    assert report.missed == ["ours misses a mark: variance, 64, avx2, 101 ns where 100 is claimed"]
    assert report.missed[0] in tables.text(report)


def test_a_peer_that_is_ahead_is_told_everywhere():
    report = a_report(0.5)
    told = [
        "Swift is ahead of ours: variance, call, 64, 0.50 times ours",
        "Swift is ahead of ours from C++: variance, 64, 1.5 ns where ours takes 3",
    ]
    assert report.behind == told
    for text in (tables.text(report), tables.page(report)):
        assert all(line in text for line in told)
        assert "No peer is ahead" not in text


def test_pages_keep_what_is_around_their_table(tmp_path: Path):
    from hydrophone_cli.commands.bench import pages as bench_pages

    around = "before\n<!-- kernels, by make bench -->\nold\n<!-- end of kernels -->\nafter\n"
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/kernels.md"):
        (tmp_path / name).write_text(around)
    for page in bench_pages.found(tmp_path, "kernels", tables.PAGES):
        text = page.renewed(a_report())
        assert "old" not in text
        assert text.startswith("before\n<!-- kernels, by make bench -->\n\n")
        assert text.endswith("\n\n<!-- end of kernels -->\nafter\n")
        cells = " ".join(text.split())
        assert (
            "| variance | 12.3 (Swift 2x)" in cells
            or "| variance | 64 | 12.3 | 2x | 1,000x |" in cells
        )


def test_pages_of_the_repository_have_their_place():
    from hydrophone_cli.commands.bench import pages as bench_pages

    root = Path(__file__).parents[3]
    for what, makers in (("kernels", tables.PAGES), ("engine", PAGES)):
        assert len(bench_pages.found(root, what, makers)) == 2


def test_a_page_without_a_place_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "README.md").write_text("nothing\n")
    assert main(["bench", "kernels", "--pages", str(tmp_path)]) == 3
    assert "README.md: it lacks the lines <!-- kernels" in capsys.readouterr().err
    assert main(["bench", "kernels", "--pages", str(tmp_path / "none")]) == 3
    assert "cannot read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["instructions", "--pages", "."], "--pages is an option of bench pipeline, kernels"),
        (["--renew"], "--renew is an option of bench instructions"),
        (["instructions", "--quick"], "--quick is an option of bench pipeline, kernels"),
    ],
)
def test_options_of_another_bench_are_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["bench", *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("what", ["pipeline", "kernels", "instructions"])
def test_an_instruction_set_that_is_not_here_is_said_so(
    what: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("HYDROPHONE_ISA", "abacus")
    assert main(["bench", what]) == 2
    assert "HYDROPHONE_ISA = 'abacus' is not available here" in capsys.readouterr().err


def test_a_run_measures_everything_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(race, "QUICK", TINY)
    monkeypatch.setattr(measure, "cases", lambda: SMALL)
    few = {name: PEERS[name] for name in ("NumPy", "SciPy", "PyWavelets")}
    monkeypatch.setattr(peers, "PEERS", few)
    path = tmp_path / "kernels.json"
    assert main(["bench", "kernels", "--quick", "--json", str(path)]) == 0
    record = json.loads(path.read_text())
    keys = {(row["kernel"], row["shape"], row["size"]) for row in record["rows"]}
    assert len(keys) == len({(case.kernel, case.shape, case.size) for case in SMALL})
    assert all(row["ns"] > 0 for row in record["rows"])
    assert {"NumPy", "SciPy"} <= set(record["versions"])
    assert {native["window"] for native in record["native"]} == {0, 64, 1024}
    for native in record["native"]:
        assert all(ns > 0 for ns in native["throughput"].values())
        assert native["throughput"].keys() == native["latency"].keys()
    text = capsys.readouterr().out
    assert "NumPy" in text
    assert np.isfinite(record["rows"][0]["peers"]["NumPy"]["ratio"])
