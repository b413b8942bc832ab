import json
import logging
from pathlib import Path

import pytest

from hydrophone_cli.logs import FORMATS, LOGGER, configure, log

VERB = "listen"
TAPE = "time,price,size,side\n" + "".join(
    f"2024-01-01T00:00:{second:02d},100,{1 + second},buy\n" for second in (0, 2, 1, 3, 4)
)
NASTY = 'a\nb\r\x1b[31m\u2028\x85\udc80\x00ä"\\'


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "tape.csv"
    path.write_text(TAPE)
    return path


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.split("\n") if line]


def test_records_are_json_lines_in_a_file(run, tape, tmp_path):
    place = tmp_path / "log.jsonl"
    plain = run(tape, "--tick", "1", "--lot", "1")
    logged = run(tape, "--tick", "1", "--lot", "1", "--log-file", place, "--log-format", "json")
    assert (plain[0], plain[2]) == (logged[0], logged[2]) == (0, "")
    records = lines(place.read_text())
    assert records[0].get("event") == "start"
    assert records[-1].get("event") == "end"
    skipped = next(record for record in records if record.get("event") == "skipped")
    assert skipped | {"time": ""} == {
        "time": "",
        "level": "warning",
        "logger": "hydrophone.listen",
        "message": "skipped 1 time_backwards",
        "event": "skipped",
        "reason": "time_backwards",
        "count": 1,
        "examples": skipped["examples"],
    }
    run(tape, "--log-file", place, "--log-format", "json", "--log-level", "error")
    assert lines(place.read_text()) == records


def test_json_on_the_standard_error(run, tape):
    code, _, err = run(tape, "--log-format", "json")
    assert code == 0
    assert {record["level"] for record in lines(err)} == {"info", "warning"}
    code, _, err = run(tape, "--log-format", "json", "--log-level", "warning")
    assert [record["event"] for record in lines(err)] == ["skipped"]


def test_the_last_line_of_a_run_is_a_record_with_its_exit_code(run, tmp_path):
    missing = tmp_path / "none.csv"
    code, _, plain = run(missing)
    assert code == 3
    assert plain.startswith("hydrophone: ")
    place = tmp_path / "log"
    assert run(missing, "--log-file", place, "--log-format", "json")[2] == plain
    (record,) = lines(place.read_text())
    assert (record["level"], record["exit_code"]) == ("error", 3)
    assert plain == f"hydrophone: {record['message']}\n"
    assert lines(run(missing, "--log-format", "json")[2])[0]["message"] == record["message"]
    # The next command knows nothing of it.
    assert run(missing)[2] == plain


@pytest.mark.parametrize("form", FORMATS)
def test_a_record_is_one_line_whatever_is_in_it(form, tmp_path):
    place = tmp_path / "log"
    try:
        configure(format=form, path=place)
        log(LOGGER, logging.INFO, NASTY, name=NASTY, deep={"list": [NASTY]})
        LOGGER.info("%s", NASTY)
        try:
            raise ValueError(NASTY)
        except ValueError:
            LOGGER.exception("broken", extra={"hydrophone_on_screen": True})
    finally:
        configure()
    content = place.read_bytes()
    text = content.decode("ascii" if form == "json" else "utf-8")
    assert len(text.splitlines()) == 3
    assert text.endswith("\n")
    if form == "json":
        records = [json.loads(line) for line in text.splitlines()]
        assert records[0]["message"] == records[0]["name"] == records[1]["message"] == NASTY
        assert "ValueError" in records[2]["trace"]


def test_a_log_that_cannot_be_written_is_said_before_the_work(run, tape, tmp_path):
    code, out, err = run(tape, "--log-file", tmp_path / "none" / "log")
    assert (code, out) == (4, "")
    assert err.startswith(f"hydrophone: cannot write the log to {tmp_path}/none/log: No such file")


def test_a_full_disk_loses_records_and_no_run(run, tape):
    code, out, err = run(tape, "--log-file", "/dev/full", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["events"] == 4
