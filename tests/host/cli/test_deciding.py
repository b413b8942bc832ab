"""`hydrophone listen --fuse`: decisions beside the alerts."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tests.host.cli.conftest import Run

import hydrophone
from hydrophone.decisions import Decisions
from hydrophone.feeds import open_tape
from hydrophone_cli.command import Exit

START = 1_700_000_000_000_000_000
VERB = "listen"


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three symbols that wander, long enough for every signal, with a whale at the end."""
    dice = np.random.default_rng(7)
    lines = ["time_ns,symbol,price,size,side"]
    price = dict.fromkeys("ABC", 1000)
    for i in range(4000):
        name = str(dice.choice(list(price)))
        price[name] += int(dice.integers(-2, 3))
        size = 9000 if i == 3900 else int(dice.integers(1, 30))
        side = dice.choice(["buy", "sell"])
        lines.append(f"{START + i * 10**7},{name},{price[name]},{size},{side}")
    path = tmp_path_factory.mktemp("tape") / "tape.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def wanted(tape: Path) -> Decisions:
    """What a session decides by the average of scores."""
    config = hydrophone.DesignConfig.build(
        {"fusion": {"combination": "score_average"}}, name="average"
    )
    with hydrophone.open("golden", config) as session:
        (events,) = list(open_tape(tape))
        return session.decide(events, session.process(events))


FUSE = ("--fuse", "--combination", "score_average")


def test_decisions_are_written_and_told_beside_alerts(
    tape: Path, wanted: Decisions, run: Run, tmp_path: Path
):
    out, heard = tmp_path / "decisions.parquet", tmp_path / "alerts.jsonl"
    code, said, _ = run(tape, *FUSE, "--decisions", out, "--alerts", heard, "--json")
    assert code == Exit.DONE
    told = json.loads(said)["fusion"]
    names = told["candidates"]
    assert (sorted(names), told["events"]) == (["A", "B", "C"], 4000)
    assert told["decided"] == np.count_nonzero(wanted.decided) > 1000
    shown = {name: system["performance"] for name, system in told["systems"].items()}
    np.testing.assert_allclose(list(shown.values()), wanted.performance[-1], atol=1e-6)
    assert next(iter(shown)) == "momentum"

    rows = pq.read_table(out)
    event, place = np.nonzero(wanted.records["rank"])
    assert np.array_equal(rows["time_ns"].to_numpy(), START + event * 10**7)
    assert rows["candidate"].to_pylist() == [names[n] for n in place]
    assert np.array_equal(rows["rank"].to_numpy(), wanted.rank[event, place])

    alerts = [json.loads(line) for line in heard.read_text().splitlines()]
    assert 3900 in [alert["sequence"] for alert in alerts]
    for alert in alerts:
        best = wanted.best[alert["sequence"]]
        assert alert["best"] == (names[best] if best >= 0 else None)


def test_a_person_sees_the_last_ranking_and_the_systems(tape: Path, wanted: Decisions, run: Run):
    code, said, _ = run(tape, *FUSE)
    assert code == Exit.DONE
    assert f"decided on {np.count_nonzero(wanted.decided):,} of 4,000 events" in said
    assert "last ranking: " in said
    assert "whale_flow" in said
    assert "  best " in said


def test_symbols_beyond_the_candidates_are_told(tape: Path, run: Run, tmp_path: Path):
    config = tmp_path / "two.toml"
    config.write_text("[fusion]\ncandidates = 2\n")
    code, said, _ = run(tape, "--fuse", "--config", config)
    assert code == Exit.DONE
    assert "; 1 more symbols are no candidates" in said


def test_a_tape_of_one_symbol_has_nothing_to_decide(tape: Path, run: Run, tmp_path: Path):
    lines = tape.read_text().splitlines()
    one = tmp_path / "one.csv"
    one.write_text("\n".join([lines[0], *(line for line in lines if ",A," in line)]) + "\n")
    code, said, _ = run(one, *FUSE)
    assert code == Exit.DONE
    assert "nothing was decided: A is the only candidate, and fusing needs two: name sev" in said
    assert "as in a=FILE b=FILE" in said


def test_symbols_reach_the_terminal_escaped(tape: Path, run: Run, tmp_path: Path):
    odd = tmp_path / "odd.csv"
    text = tape.read_text()
    odd.write_text(text.replace(",A,", ",\x1b[31mx,").replace(",B,", ",[/red]B,"))
    code, said, _ = run(odd, *FUSE)
    assert code == Exit.DONE
    assert "\x1b" not in said
    assert "\\x1b[31mx" in said
    assert "[/red]B" in said


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--decisions", "d.csv"], Exit.USAGE, "--decisions and --combination need --fuse"),
        (["--combination", "rank_average"], Exit.USAGE, "need --fuse: nothing is decided without"),
        (["--fuse", "--combination", "x"], Exit.USAGE, "no combination 'x': use score_average"),
        (["--fuse", "--decisions", "d.txt"], Exit.USAGE, "d.txt has no known ending"),
    ],
)
def test_wrong_options_are_named(options: list[str], code: int, said: str, tape: Path, run: Run):
    got, out, err = run(tape, *options)
    assert (got, out) == (code, "")
    assert said in err
