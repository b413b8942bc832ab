"""Values of options: what is refused, under whose usage, and with which range."""

import pytest

from hydrophone_cli import main
from hydrophone_cli.command import Exit


@pytest.mark.parametrize(
    ("arguments", "usage", "message"),
    [
        (["listen", "x", "--limt", "3"], "listen", "arguments: --limt 3; did you mean"),
        (["listen", "x", "\x1b[31m", "--\x1b[31m"], "listen", r"arguments: --\x1b[31m"),
        (["devices", "--jsn"], "devices", "unrecognized arguments: --jsn; did you mean --json?"),
        (["verify", "--events", "abc"], "verify", "--events: 'abc' is not allowed: give a whole"),
        (["verify", "--events", "0"], "verify", "'0' is not allowed: give a whole number, 1 or mo"),
        (["verify", "--seed", "-1"], "verify", "'-1' is not allowed: give a whole number from 0"),
        (["verify", "--clock", "nan"], "verify", "--clock: 'nan' is not allowed: give MHz from 1"),
        (["listen", "x", "--limit", "²"], "listen", "--limit: '²' is not allowed: give a whole"),
        (["listen", "x", "--limit", "9" * 5000], "listen", "9999…' is not allowed: give a whole"),
        (["listen", "x", "--alert-budget", "inf"], "listen", "'inf' is not allowed: give a share"),
        (["schedule", "log2", "--latency", "0"], "schedule", "--latency: '0' is not allowed: give"),
        (["schedule", "log2", "--clock", "1e9"], "schedule", "give MHz from 1 to 1000"),
        (["report", "--jobs", "0"], "report", "--jobs: '0' is not allowed: give a whole number, 1"),
        (["fit", "x", "--out", "y", "--events", "0"], "fit", "--events: '0' is not allowed"),
        (["characterise", "--target", "xc7", "--share", "2"], "characterise", "a share from 0"),
    ],
)  # fmt: skip
def test_a_value_is_refused_under_the_usage_of_its_command(
    arguments: list[str], usage: str, message: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    said = capsys.readouterr().err
    assert left.value.code == Exit.USAGE
    assert said.startswith(f"usage: hydrophone {usage} ")
    assert message in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "--finished", "--jobs", "2"], "--jobs beside --finished: nothing is"),
        (["report", "--rows", "--out", "page.md"], "--out beside --rows: no page is written"),
        (
            ["characterise", "--target", "xc7", "--share", ".5", "--out", "x"],
            "--out beside --share: a share is compared, not written",
        ),
        (["characterise", "--target", "xc7", "--seed", "2"], "--seed without --share"),
        (["characterise", "--target", "xc7", "--share", "0"], "--share 0: nothing would be"),
        (["schedule", "log3"], "no block 'log3': use log2, exp2,"),
        (["schedule", "log3"], "; did you mean log2?"),
    ],
)
def test_an_option_without_effect_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("amaranth")
    pytest.importorskip("pyosys")
    assert main(arguments) == Exit.USAGE
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("text", ["1000", "1,000", "1_000"])
def test_a_count_may_group_its_digits(text: str, capsys: pytest.CaptureFixture[str]):
    # The count passes, the word after it does not.
    assert main(["verify", "no-block", "--events", text]) == Exit.USAGE
    assert "no block 'no-block'" in capsys.readouterr().err
