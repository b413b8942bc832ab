"""Records handed to Arrow: equal values, lifetimes, and what cannot be exported."""

import gc
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.host.tapes import random_tape

import hydrophone
from hydrophone.engine import FusionEngine
from hydrophone_model.config import DesignConfig

pyarrow = pytest.importorskip("pyarrow")


@pytest.fixture
def results(seed: int) -> np.ndarray[Any, Any]:
    with hydrophone.open("cpu") as session:
        return session.process(random_tape(seed, 1000, 4))


def columns(records: np.ndarray[Any, Any]) -> dict[str, list[Any]]:
    return {name: records[name].tolist() for name in records.dtype.names or ()}


def test_columns_equal_the_records(results: np.ndarray[Any, Any], seed: int):
    decision = FusionEngine(DesignConfig.preset().fusion).dtype
    bits = np.random.default_rng(seed).integers(0, 2, (50, decision.itemsize), np.uint8)
    for records in (results, results[::-3], results[:0], bits.view(decision)[:, 0]):
        export = hydrophone.arrow(records)
        batch = pyarrow.record_batch(export)
        batch.validate(full=True)
        assert batch.to_pydict() == columns(records)
        assert pyarrow.schema(export) == batch.schema
        assert pyarrow.table(export).to_pydict() == columns(records)
    assert pyarrow.record_batch(hydrophone.arrow(results)).schema.field("heads").type == (
        pyarrow.list_(pyarrow.uint16(), 4)
    )


def test_polars_reads_them(results: np.ndarray[Any, Any]):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(hydrophone.arrow(results))
    assert frame["score"].to_list() == results["score"].tolist()
    assert frame["heads"].to_list() == results["heads"].tolist()


def test_exports_share_memory_and_outlast_their_source(results: np.ndarray[Any, Any]):
    wanted = columns(results)
    export = hydrophone.arrow(results)
    first, second = pyarrow.record_batch(export), pyarrow.record_batch(export)
    addresses = [b.column("score").buffers()[1].address for b in (first, second)]
    assert addresses[0] == addresses[1]
    assert addresses[0] % 64 == 0
    score = first.column("score")
    results["score"] = 0
    del export, first, results
    gc.collect()
    assert score.to_pylist() == wanted["score"]
    assert second.to_pydict() == wanted


def test_opaque_records_are_the_callers_memory(results: np.ndarray[Any, Any]):
    batch = pyarrow.record_batch(hydrophone.arrow(results, layout="records"))
    record = batch.column("record")
    assert record.type == pyarrow.binary(40)
    assert record.buffers()[1].address == results.ctypes.data
    assert record[7].as_py() == results[7].tobytes()
    results["score"][7] ^= 1
    assert record[7].as_py() == results[7].tobytes()
    last = results[7].tobytes()
    del results, batch
    gc.collect()
    # Released where no Python runs of itself.
    thread = threading.Thread(target=lambda kept: kept.clear(), args=([record],))
    assert record[7].as_py() == last
    del record
    thread.start()
    thread.join()


def test_memory_is_given_back():
    """Capsules that nobody takes, streams that nobody reads, and batches that were read."""
    tracked = np.zeros(1 << 16, hydrophone.RESULT.dtype)
    owner = [tracked]

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    def export_once(layout: Any) -> int:
        export = hydrophone.arrow(tracked, layout=layout)
        export.__arrow_c_array__()
        export.__arrow_c_stream__()
        export.__arrow_c_schema__()
        pyarrow.table(export)
        pyarrow.RecordBatchReader.from_stream(export)
        return resident()

    for layout in ("columns", "records"):
        sizes = [export_once(layout) for _ in range(60)]
        assert sizes[-1] - sizes[10] < 8 * tracked.nbytes
    gc.collect()
    # Whoever still read the memory would keep it from being resized.
    owner.clear()
    tracked.resize(1)


@pytest.mark.parametrize(
    ("records", "layout", "error", "message"),
    [
        (np.zeros(3), "columns", TypeError, "records have dtype float64: give records with named"),
        (np.zeros((2, 2), hydrophone.RESULT.dtype), "columns", ValueError, "have 2 dimensions"),
        (np.zeros(4, hydrophone.RESULT.dtype)[::2], "records", ValueError, "records are strided"),
        (np.zeros(2, [("name", "U3")]), "columns", TypeError, "field name has dtype <U3: give"),
        (np.zeros(2, [("price", ">u4")]), "columns", TypeError, "field price has dtype >u4"),
        (np.ma.zeros(2, hydrophone.RESULT.dtype), "columns", ValueError, "records has a mask"),
    ],
)
def test_what_cannot_be_exported_is_told(
    records: Any, layout: Any, error: type[Exception], message: str
):
    with pytest.raises(error, match=message):
        hydrophone.arrow(records, layout=layout)
