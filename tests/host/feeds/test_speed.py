"""Reading a table costs a small multiple of Arrow's bare parser: no Python loop over lines."""

import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv
from tests.host.feeds.tools import START

from hydrophone.feeds import open_tape

ROWS = 200_000
MOST = 15
"""A loop over lines costs fifty times and more; a busy machine shifts the ratio by two."""


def test_csv_is_read_at_the_parsers_pace(tmp_path: Path, seed: int):
    dice = np.random.default_rng(seed)
    table = pa.table(
        {
            "time_ns": START + np.cumsum(dice.integers(0, 10**6, ROWS)),
            "symbol": np.array(["AAA", "BBB"])[dice.integers(0, 2, ROWS)],
            "price": np.round(100 + dice.normal(0, 1, ROWS), 2),
            "size": dice.integers(1, 100, ROWS),
            "side": np.array(["buy", "sell"])[dice.integers(0, 2, ROWS)],
        }
    )
    path = tmp_path / "t.csv"
    csv.write_csv(table, path)
    bare: list[float] = []
    whole: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        csv.read_csv(path)
        middle = time.perf_counter()
        assert sum(map(len, open_tape(path))) == ROWS
        bare.append(middle - start)
        whole.append(time.perf_counter() - middle)
    print(f"{ROWS / min(whole):,.0f} events/s, {min(whole) / min(bare):.1f} times the parser")
    assert min(whole) < MOST * min(bare)
