"""`hydrophone fuse`: what comes of a recorded score table, and what it refuses."""

import csv
import gzip
import io
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from tests.host.cli.conftest import Run

import hydrophone
from hydrophone import Combination, DesignConfig
from hydrophone.feeds.scores import read_scores
from hydrophone_cli.command import Exit

START = 1_700_000_000_000_000_000
SECOND = 10**9
SYSTEMS = ["flow", "trend", "whale"]
CANDIDATES = ["ADA", "BTC", "ETH", "SOL"]
VERB = "fuse"


def drawn(seed: int) -> dict[str, np.ndarray]:
    """Scores of forty times, some missing, and whom nobody scored."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(40, 3, 4))
    scores[rng.random(scores.shape) < 0.03] = np.nan
    present = rng.random((40, 4)) < 0.9
    present[7] = [True, False, False, False]
    outcome = rng.normal(size=(40, 4))
    outcome[5] = np.nan
    return {"scores": scores, "present": present, "outcome": outcome}


def table_of(drawn: dict[str, np.ndarray]) -> pa.Table:
    """The same as rows; of the missing scores, some have no row."""
    rows = [
        (START + t * SECOND, SYSTEMS[k], CANDIDATES[n], score, drawn["outcome"][t, n])
        for (t, k, n), score in np.ndenumerate(drawn["scores"])
        if drawn["present"][t, n] and not (np.isnan(score) and k == 1)
    ]
    names = ("time_ns", "system", "candidate", "score", "outcome")
    columns = zip(*rows, strict=True)
    return pa.table({name: list(column) for name, column in zip(names, columns, strict=True)})


def fused(drawn: dict[str, np.ndarray], combination: Combination) -> hydrophone.Decisions:
    table = {"systems": 3, "candidates": 4, "combination": int(combination)}
    config = DesignConfig.build({"fusion": table}, name="wanted")
    outcome = np.where(drawn["present"], drawn["outcome"], np.nan)
    with hydrophone.open("golden", config) as session:
        return session.fuse(drawn["scores"], present=drawn["present"], outcome=outcome)


@pytest.mark.parametrize("form", ["parquet", "csv", "csv.gz"])
def test_a_table_is_fused_as_a_session_does(form: str, run: Run, tmp_path: Path, seed: int):
    given, path = drawn(seed), tmp_path / f"scores.{form}"
    table = table_of(given)
    if form == "parquet":
        pq.write_table(table, path)
    else:
        text = io.BytesIO()
        pc.write_csv(table, text)
        data = text.getvalue()
        path.write_bytes(gzip.compress(data) if form.endswith("gz") else data)
    out = tmp_path / "decisions.jsonl"
    code, said, err = run(path, "--out", out, "--combination", "rank_diversity")
    assert (code, said) == (Exit.DONE, "")
    wanted = fused(given, Combination.RANK_DIVERSITY)
    missing = np.count_nonzero(np.isnan(given["scores"]) & given["present"][:, None])
    decided = np.count_nonzero(wanted.decided)
    assert (
        f"{decided} of 40 times decided by rank_diversity on cpu, 4 candidates; {missing} " in err
    )
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["time_ns"] for line in lines] == [START + t * SECOND for t in range(40)]
    for event, line in enumerate(lines):
        mine = wanted[event]
        assert line["best"] == (CANDIDATES[mine.best] if mine.decided else None)
        rank = {name: r for name, r in zip(CANDIDATES, mine.rank, strict=True) if r == r}
        assert line["rank"] == rank
        assert list(line["rank"].values()) == sorted(rank.values())
        assert line["used"] == [name for name, u in zip(SYSTEMS, mine.used, strict=True) if u]
        assert list(line["diversity"].values()) == mine.diversity.tolist()
        assert list(line["performance"].values()) == mine.performance.tolist()
        for choice in Combination:
            for name, value in line[choice.name.lower()].items():
                assert value == mine.fused(choice)[CANDIDATES.index(name)]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_table_of_decisions_has_a_row_for_each_who_took_part(
    ending: str, run: Run, tmp_path: Path, seed: int
):
    given, path, out = drawn(seed), tmp_path / "s.parquet", tmp_path / f"o.{ending}"
    pq.write_table(table_of(given), path)
    assert run(path, "--out", out)[0] == Exit.DONE
    wanted = fused(given, Combination.SCORE_DIVERSITY)
    rows = pq.read_table(out).to_pylist() if ending == "parquet" else rows_of(out)
    event, place = np.nonzero(wanted.records["rank"])
    assert len(rows) == event.size > 80
    for row, t, n in zip(rows, event.tolist(), place.tolist(), strict=True):
        assert (int(row["time_ns"]), row["candidate"]) == (START + t * SECOND, CANDIDATES[n])
        assert float(row["rank"]) == wanted.rank[t, n]
        assert row["best"] in (wanted.best[t] == n, str(wanted.best[t] == n).lower())
        assert int(row["used"]) == wanted.used[t].sum()
        for choice in Combination:
            assert float(row[choice.name.lower()]) == wanted.fused(choice)[t, n]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_decisions_are_printed_one_a_line(run: Run, tmp_path: Path):
    path = tmp_path / "s.csv"
    path.write_text(
        "time,system,candidate,score\n"
        "1700000000,a,X,1\n1700000000,a,Y,3\n1700000000,a,Z,2\n1700000000,b,Y,inf\n"
        "1700000001.5,a,X,1\n"
    )
    code, out, err = run(path)
    assert code == Exit.DONE
    assert out.splitlines() == [
        "2023-11-14T22:13:20.000000000  used  1 of  2  diversity 0.000  Y 1, Z 2, X 3",
        "2023-11-14T22:13:21.500000000  used  0 of  2  diversity 0.000  nothing decided",
    ]
    assert "1 of 2 times decided by score_diversity on cpu, 3 candidates; 4 scores missing" in err
    assert "a                      50.0%" in err
    assert "nothing was decided:" not in err


def test_a_table_that_decides_nothing_says_why(run: Run, tmp_path: Path):
    path = tmp_path / "s.csv"
    path.write_text("time,system,candidate,score\n1700000000,a,X,1\n1700000001,a,Y,3\n")
    code, _, err = run(path)
    assert code == Exit.DONE
    assert "nothing was decided: no system gave two candidates different scores" in err


def test_one_candidate_alone_is_told(run: Run, tmp_path: Path):
    path = tmp_path / "s.csv"
    path.write_text("time,system,candidate,score\n1700000000,a,X,1\n1700000001,a,X,3\n")
    code, _, err = run(path)
    assert code == Exit.DONE
    assert "nothing was decided: X is the only candidate, and fusing needs two: give the sco" in err


def test_names_reach_the_terminal_escaped_and_files_as_they_are(run: Run, tmp_path: Path):
    path, out = tmp_path / "s.parquet", tmp_path / "o.jsonl"
    colours, lines = "\x1b[31mx", "two\nlines \u202eé"
    names = {"system": [colours] * 2, "candidate": [colours, lines]}
    pq.write_table(pa.table(GOOD | names), path)
    code, said, err = run(path)
    assert code == Exit.DONE
    assert said.endswith("  two\\nlines \\u202eé 1, \\x1b[31mx 2\n")
    assert len(said.splitlines()) == 1
    assert "\n\\x1b[31mx " in err
    assert "\x1b" not in said + err
    assert run(path, "--out", out)[0] == Exit.DONE
    assert list(json.loads(out.read_text())["rank"]) == [lines, colours]
    # A name in an error stays on its line, too.
    pq.write_table(pa.table(GOOD | names | {"outcome": [1, 2], "candidate": [lines] * 2}), path)
    code, _, err = run(path)
    assert code == Exit.INPUT
    assert len(err.splitlines()) == 1
    bad = tmp_path / "new\nline.csv"
    bad.write_text("x\n1\n")
    assert "new\\nline.csv: no column" in run(bad)[2]


def test_the_order_of_rows_within_a_time_does_not_matter(run: Run, tmp_path: Path, seed: int):
    given = drawn(seed)
    table = table_of(given)
    order = np.lexsort((np.random.default_rng(seed).random(len(table)), table["time_ns"]))
    said: list[str] = []
    for name, rows in (("a.parquet", table), ("b.parquet", table.take(order))):
        pq.write_table(rows, tmp_path / name)
        said.append(run(tmp_path / name)[1])
    assert said[0] == said[1]


def test_columns_can_be_named(run: Run, tmp_path: Path):
    path = tmp_path / "s.csv"
    path.write_text("when;model;name;value\n1;m;X;1\n1;m;Y;2\n2;m;X;3\n2;m;Y;1\n")
    names = "time=when,system=model,candidate=name,score=value"
    code, out, _ = run(path, "--columns", names, "--time-unit", "s", "--device", "golden")
    assert code == Exit.DONE
    assert [line.split("  ")[-1] for line in out.splitlines()] == ["Y 1, X 2", "X 1, Y 2"]


HEAD = "time_s,system,candidate,score,outcome\n"
MANY = "".join(f"1700000000,s,c{n},1,\n" for n in range(65))
SCORERS = "".join(f"1700000000,s{n},c,1,\n" for n in range(17))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,system,score\n1700000000,a,1\n", "no column 'candidate' among time, system, score"),
        (HEAD, "there is no row in it"),
        (HEAD + "1700000000,a,X,1,\n1699999999,a,X,1,\n", "row 2, 1699999999000000000 ns, lies be"),
        (HEAD + "1700000000,a,X,1,\n1700000000,b,X,1,\n1700000000,a,X,2,\n", "rows 1 and 3 have"),
        (HEAD + SCORERS, "17 systems, and a fusion takes up to 16: leave some out"),
        (HEAD + MANY, "65 candidates, and a fusion takes up to 64: leave some out"),
        (HEAD + "1700000000,,X,1,\n", "row 1 has an empty system: say whose score it is"),
        (HEAD + "soon,a,X,1,\n", "row 1 has no time that can be read: 'soon'"),
        (HEAD + "1700000000,a,X,1,5\n1700000000,b,X,1,6\n", "row 1 gives X another outcome than"),
        (HEAD + "1700000000,a,X,1,\n1700000000,b,X,up,\n", "row 2 has no number for its score:"),
        (HEAD + "1700000000,a,X,,-\n1700000000,b,X,NaN,+1x\n", "number for its outcome: '+1x'"),
        (HEAD + "1700000000,a\n", "no table of delimited text with a header"),
        ("", "the file is empty"),
    ],
)
def test_a_wrong_table_is_named(text: str, said: str, run: Run, tmp_path: Path):
    path = tmp_path / "s.csv"
    path.write_text(text)
    code, out, err = run(path)
    assert (code, out) == (Exit.INPUT, "")
    assert said in err
    assert str(path) in err


LATIN = "caf\xe9".encode("latin-1")
ROW = b"1700000000,a,X,1\n"
GOOD = {"time_ns": [START] * 2, "system": ["a", "a"], "candidate": ["X", "Y"], "score": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"time,system,candidate,score," + LATIN + b"\n" + ROW, "the header is no UTF-8 text, b't"),
        (b"time,system,candidate,score\n" + ROW + b"1700000000,b," + LATIN + b",1\n",
         r"row 2 has a candidate that is no UTF-8 text, b'caf\xe9': convert the file to UTF-8"),
        (b"time,system,candidate,score\n" + LATIN + b",a,X,1\n", "column 'time' of type binary"),
        (b"time,system,candidate,score\n1700000000,a,X," + LATIN, "column 'score' of type binary"),
        (b"time,system,candidate,score,score\n" + ROW, "2 columns could be the score, 'score' and"),
        (b"time,system,candidate,score,Score\n" + ROW, "'score' and 'Score': rename all but one"),
        (b"time,system,candidate,score\n12:30:00,a,X,1\n", "'time' is of type time32[s] and"),
        ("time,system\n".encode("utf-16"), "this is UTF-16: convert it to UTF-8 first"),
    ],
)  # fmt: skip
def test_a_wrong_text_is_named(data: bytes, said: str, run: Run, tmp_path: Path):
    path = tmp_path / "s.csv"
    path.write_bytes(data)
    code, out, err = run(path)
    assert (code, out) == (Exit.INPUT, "")
    assert said in err
    assert str(path) in err


@pytest.mark.parametrize(
    ("column", "cells", "said"),
    [
        ("system", pa.array([b"a", LATIN]), "row 2 has a system that is no UTF-8 text"),
        ("system", pa.array([{"a": 1}] * 2), "column 'system' is of type struct<a: int64>"),
        ("score", pa.array([[1.0], [2.0]]), "be the score: give a number, or name another column"),
        ("outcome", pa.array([[1.0], [2.0]]), "cannot be the outcome: give a number, or name"),
        ("score", pa.array([b"1", LATIN]), "column 'score' of type binary cannot be read"),
        ("time_ns", pa.array([1, 2], pa.time64("ns")), "'time_ns' is of type time64[ns]"),
        ("time_ns", pa.array([START, 2**64 - 1], pa.uint64()), "row 2 has no time that can be"),
        ("time_ns", pa.array([2**64 - 1] * 2, pa.uint64()), "row 1 has no time that can be read:"),
    ],
)  # fmt: skip
def test_a_parquet_column_that_cannot_be_read_is_named(
    column: str, cells: pa.Array, said: str, run: Run, tmp_path: Path
):
    path = tmp_path / "s.parquet"
    pq.write_table(pa.table(GOOD | {column: cells}), path)
    code, out, err = run(path)
    assert (code, out) == (Exit.INPUT, "")
    assert said in err
    assert str(path) in err


def test_a_parquet_file_with_a_column_twice_is_named(run: Run, tmp_path: Path):
    path = tmp_path / "s.parquet"
    columns = [pa.array(cells) for cells in GOOD.values()]
    pq.write_table(pa.table([*columns, columns[-1]], names=[*GOOD, "score"]), path)
    code, _, err = run(path)
    assert code == Exit.INPUT
    assert f"{path}: 2 columns could be the score, 'score' and 'score': rename all but one" in err
    pq.write_table(pa.table([*columns, columns[-1], columns[-1]], names=[*GOOD, "x", "x"]), path)
    assert run(path)[0] == Exit.DONE


def test_names_are_texts_whatever_they_look_like(run: Run, tmp_path: Path):
    path = tmp_path / "s.csv"
    rows = [f"1700000000,007,{name},{score}" for score, name in enumerate(["TRUE", "NA", "01"])]
    path.write_text("\n".join(["time,system,candidate,score", *rows]) + "\n")
    code, out, err = run(path)
    assert code == Exit.DONE
    assert out.rstrip().endswith("01 1, NA 2, TRUE 3")
    assert "\n007 " in err
    # Bytes that are UTF-8 are a name, too; so is a number.
    names = {"system": pa.array([7, 7]), "candidate": pa.array(["é".encode(), b" x "])}
    pq.write_table(pa.table(GOOD | names), tmp_path / "s.parquet")
    code, out, err = run(tmp_path / "s.parquet")
    assert out.rstrip().endswith("x 1, é 2")


def test_a_table_takes_memory_as_its_rows_do(tmp_path: Path, seed: int):
    rng, rows = np.random.default_rng(seed), 20_000
    system, candidate = rng.integers(16, size=rows), rng.integers(64, size=rows)
    score = rng.normal(size=rows)
    path = tmp_path / "s.parquet"
    names = {"system": system.astype(str), "candidate": candidate.astype(str)}
    pq.write_table(pa.table({"time_ns": START + np.arange(rows), **names, "score": score}), path)
    tracemalloc.start()
    try:
        table = read_scores(str(path))
        spread = table.spread(7, 107, systems=16, candidates=64)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 300 * rows
    events = np.arange(100)
    place = (
        events,
        [table.systems.index(str(number)) for number in system[7:107]],
        [table.candidates.index(str(number)) for number in candidate[7:107]],
    )
    assert np.array_equal(spread.scores[place], score[7:107])
    assert np.count_nonzero(~np.isnan(spread.scores)) == np.count_nonzero(spread.present) == 100
    assert np.all(np.isnan(spread.outcome))


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--out", "o.txt"], Exit.USAGE, "o.txt has no known ending: use .parquet, .csv, .jsonl"),
        (["--combination", "best"], Exit.USAGE, "no combination 'best': use score_average"),
        (["--columns", "rank=r"], Exit.USAGE, "no column means 'rank': use time, system"),
        (["--columns", "score=s"], Exit.INPUT, "no column 's' among time, system"),
        (["--time-unit", "h"], Exit.USAGE, "time unit"),
        (["--device", "fpga"], Exit.USAGE, "no device 'fpga'"),
        (["--out", "nowhere/o.csv"], Exit.OUTPUT, "cannot write nowhere/o.csv"),
    ],
)
def test_a_wrong_option_is_named(
    options: list[str],
    code: int,
    said: str,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.chdir(tmp_path)
    Path("s.csv").write_text("time,system,candidate,score\n1700000000,a,X,1\n1700000000,a,Y,2\n")
    got, out, err = run("s.csv", *options)
    assert (got, out) == (code, "")
    assert said in err
    assert not list(tmp_path.glob(".*")), "a draft is left behind"


def test_trailing_garbage_of_a_packed_table_is_noted(run: Run, tmp_path: Path):
    table = tmp_path / "s.csv.gz"
    rows = [f"{START},{system},{who},{place}" for system in "ab" for place, who in enumerate("XY")]
    text = "\n".join(["time,system,candidate,score", *rows])
    table.write_bytes(gzip.compress(text.encode()) + b"left over")
    code, _, err = run(table, "--device", "golden")
    assert code == Exit.DONE
    assert f"note: {table}: trailing garbage behind the gzip data is ignored\n" in err
