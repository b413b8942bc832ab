"""The layout of the shared-memory segment: whole cache lines, one hash, one documentation."""

from dataclasses import replace
from pathlib import Path

import pytest

from hydrophone_model import shared_memory
from hydrophone_model.records import Field, Record
from hydrophone_model.shared_memory import (
    ALERT,
    CACHE_LINE,
    HEADER,
    NAME,
    RECORDS,
    SNAPSHOT,
    Segment,
    layout_hash,
    renewed_page,
)

PAGE = Path(__file__).parents[2] / "docs" / "shared-memory.md"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_every_part_is_whole_cache_lines(record: Record):
    assert record.size % CACHE_LINE == 0


def test_what_readers_poll_shares_no_cache_line_with_what_each_call_writes():
    places = [HEADER.offset(name) // CACHE_LINE for name in ("magic", "boot_id", "state", "alerts")]
    assert places == [0, 1, 2, 3]


@pytest.mark.parametrize(("record", "lock"), [(SNAPSHOT, "version"), (ALERT, "stamp")])
def test_the_lock_is_the_first_word(record: Record, lock: str):
    assert record.offset(lock) == 0


def test_the_parts_of_a_segment_follow_one_another():
    segment = Segment(symbols=3, alert_slots=8)
    assert segment.names == HEADER.size
    assert segment.snapshots == HEADER.size + 3 * NAME.size
    assert segment.alerts == segment.snapshots + 3 * SNAPSHOT.size
    assert segment.size == segment.alerts + 8 * ALERT.size


@pytest.mark.parametrize(("symbols", "slots"), [(0, 8), (4097, 8), (1, 4), (1, 12), (1, 1 << 21)])
def test_a_size_out_of_range_is_refused(symbols: int, slots: int):
    with pytest.raises(ValueError, match="give"):
        Segment(symbols, slots)


@pytest.mark.parametrize("place", range(len(RECORDS)))
def test_the_hash_changes_with_the_layout(place: int, monkeypatch: pytest.MonkeyPatch):
    before = layout_hash()
    record = RECORDS[place]
    for changed in (
        replace(record, fields=(replace(record.fields[0], name="other"), *record.fields[1:])),
        replace(record, fields=(*record.fields, Field("more", "u64", "more"))),
    ):
        with monkeypatch.context() as patch:
            records = [changed if r is record else r for r in RECORDS]
            patch.setattr(shared_memory, "RECORDS", tuple(records))
            assert layout_hash() != before


def test_the_page_has_the_layout_of_today():
    page = PAGE.read_text(encoding="utf-8")
    assert renewed_page(page) == page, (
        "python -m hydrophone_model.shared_memory --page docs/shared-memory.md renews it"
    )
