"""Fuzzers of the command line: whatever it is given, it ends in a line and a code, no defect."""

import os
import random
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.host.feeds.tools import HEADER, row, write

from hydrophone_cli import main
from hydrophone_cli.command import Exit
from hydrophone_model.catalogue import Entry, catalogue
from hydrophone_model.config import PRESETS, DesignConfig
from hydrophone_model.config_tables import SHARED
from hydrophone_model.config_tables import USUAL as TABLES
from hydrophone_model.errors import ConfigError

pytest.importorskip("hydrophone.engine")

Attempt = Callable[[list[str]], int]

ENTRIES = catalogue(DesignConfig.preset())
SCORES = "time,system,candidate,score\n" + "".join(
    f"2024-01-02T10:00:0{t}Z,{system},{candidate},{t + len(system + candidate)}\n"
    for t in range(3)
    for system in ("a", "bb")
    for candidate in ("x", "yy")
)
WORDS = [
    "", "-", "0", "-1", "1", "1e-400", "1e400", "nan", "inf", "9" * 30, "²", "0x10", "abc", "UTC",
    "America", "price=1", "price=", "=", "buy=b,sell=s", "time_ns=time", "symbol=0.5", "\x1b[31m",
    "a\nb", "\udcff", "%s", "{x}", "small", "large", "default", "tiny", "golden", "cpu", "auto",
    "csv", "parquet", "binance", "ns", "skip", "rank_average", "log2", "haar", "fusion", "all",
]  # fmt: skip
"""Values that some option takes and most do not."""
PLACES = [
    "tape.csv", "scores.csv", "good.toml", "bad.toml", "empty", "folder", "noise", "loop", "gone",
    "no/folder/f", "tape.csv/f", "/dev/full", "/dev/null", "/proc/none/f", "n" * 300, "\udcff.csv",
    "out.parquet", "out.csv", "out.jsonl", "out.png", "out.svg", "out.toml", "folder/out.json",
]  # fmt: skip
COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "listen": (
        ["--json", "--fuse", "--all-conditions"],
        ["--format", "--columns", "--symbol", "--time-unit", "--time-zone", "--tick", "--lot",
         "--side-values", "--late", "--device", "--config", "--alert-budget", "--limit", "--alerts",
         "--scores", "--combination", "--decisions"],
    ),
    "fuse": ([], ["--combination", "--out", "--device", "--config", "--columns", "--time-unit"]),
    "config": (["--json", "--toml", "--markdown"], []),
    "cache": (["--json", "--clear"], ["--limit"]),
    "devices": (["--json"], []),
    "kernels": (["--json"], []),
    "evaluate": (["--check"], ["--data", "--config", "--alert-budget", "--device"]),
    "fit": ([], ["--data", "--out", "--config", "--alert-budget", "--seed", "--events"]),
    "bench": (["--renew"], ["--baseline", "--pages"]),
    "verify": ([], ["--seed", "--target", "--clock", "--config", "--data"]),
    "schedule": ([], ["--target", "--clock", "--config"]),
}  # fmt: skip
"""Commands with options that stand alone, and those that take a value."""
ALWAYS = {
    "verify": ["log2", "--engine", "kernel", "--events", "5"],
    "evaluate": ["--quick"],
    "bench": ["instructions", "--quick"],
}
"""What keeps a command that would take long from it."""
ENVIRONED = ["listen", "fuse", "devices", "kernels", "verify", "config", "cache"]
"""Commands that a strange environment may surprise."""
VARIABLES = {
    "HOME": ["", "/proc/none", "folder", "empty"],
    "XDG_CACHE_HOME": ["", "/proc/none", "/dev/null", "empty", "cache"],
    "TMPDIR": ["", "/proc/none", "empty"],
    "HYDROPHONE_ISA": ["", "scalar", "odd"],
    "HYDROPHONE_CACHE_LIMIT": ["", "1", "-1", "abc", "1e9G"],
    "HYDROPHONE_DATA": ["", "folder", "gone", "empty"],
    "CXX": ["", "no-such-compiler", "/bin/false"],
    "TERM": ["", "dumb"],
    "NO_COLOR": ["1"],
    "FORCE_COLOR": ["1"],
    "COLUMNS": ["1", "0", "abc"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files of every kind, to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write(tmp_path / "tape.csv", HEADER, *(row(i) for i in range(50)))
    Path("scores.csv").write_text(SCORES)
    Path("good.toml").write_text("preset = 'small'\n[parent]\ngap_ns = 5\n")
    Path("bad.toml").write_text("[parent]\ngap_ns = 'five'\n")
    Path("empty").touch()
    Path("noise").write_bytes(bytes(range(256)) * 4)
    Path("folder").mkdir()
    Path("loop").symlink_to("loop")
    return tmp_path


@pytest.fixture
def attempt(capsys: pytest.CaptureFixture[str]) -> Attempt:
    """Runs a command line; fails where it ends in a defect, a trace or without a word."""

    def command(arguments: list[str]) -> int:
        shown = " ".join(map(repr, arguments))
        try:
            code = main(arguments)
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        assert isinstance(code, int), f"{shown}: {code}"
        assert code in set(Exit) - {Exit.INTERNAL, Exit.INTERRUPTED, Exit.UNREAD}, f"{shown}: {err}"
        assert "Traceback" not in out + err, f"{shown}: {err}"
        if code not in (Exit.DONE, Exit.FAILED):
            assert err.strip(), f"{shown}: {code} without a word"
        return code

    return command


@pytest.mark.fuzz(12)
def test_no_option_ends_in_a_defect(fuzz_seed: int, folder: Path, attempt: Attempt):
    random_ = random.Random(fuzz_seed)
    for _ in range(12):
        command = random_.choice(list(COMMANDS))
        attempt([command, *_arguments(command, random_)])


def _arguments(command: str, random_: random.Random) -> list[str]:
    """Options of a command, and what stands beside them."""
    alone, valued = COMMANDS[command]
    arguments = list(ALWAYS.get(command, []))
    arguments += [option for option in alone if random_.random() < 0.3]
    for option in valued:
        if random_.random() < 0.25:
            arguments += [option, _value(option, random_)]
    beside = {"listen": ["tape.csv"], "fuse": ["scores.csv"], "fit": ["tape.csv"]}
    usual = beside.get(command, ["log2"] if command == "schedule" else [])
    odd = random_.random() < 0.3
    return [*arguments, *([_value("", random_)] if odd else usual)]


def _value(option: str, random_: random.Random) -> str:
    files = ("--alerts", "--scores", "--decisions", "--out", "--baseline", "--pages", "--data")
    if option == "--config" and random_.random() < 0.5:
        return random_.choice([*PRESETS, "good.toml"])
    if option in files or random_.random() < 0.4:
        return random_.choice(PLACES)
    return random_.choice(WORDS)


@pytest.mark.fuzz(6)
def test_no_environment_ends_in_a_defect(
    fuzz_seed: int, folder: Path, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
):
    random_ = random.Random(fuzz_seed)
    for _ in range(6):
        with monkeypatch.context() as environment:
            for name, values in VARIABLES.items():
                if random_.random() < 0.4:
                    environment.setenv(name, random_.choice(values))
                elif random_.random() < 0.2:
                    environment.delenv(name, raising=False)
            command = random_.choice(ENVIRONED)
            usual = {"listen": ["tape.csv"], "fuse": ["scores.csv"]}.get(command, [])
            attempt([command, *ALWAYS.get(command, []), *usual])


# -- configuration files --------------------------------------------------------------------------


def _odd_value(entry: Entry | None, random_: random.Random) -> str:
    """A value as TOML: often near the limits, often of another type."""
    numbers = [0, 1, -1, 2**31, 2**63, 2**64, -(2**70)]
    if entry is not None and entry.limits is not None:
        limits = entry.limits
        numbers = [limits.low, limits.high, limits.low - 1, limits.high + 1]
        if random_.random() < 0.5:
            count = len(entry.value) if isinstance(entry.value, tuple) else 0
            number = random_.choice([limits.low, limits.high])
            values = [number] * random_.choice([count, count, count + 1])
            return str(values if count else number)
    number = random_.choice(numbers)
    return random_.choice(
        [
            str(number), f"{number}.5", f"[{number}]", f"[[{number}]]", f'"{number}"', "true",
            "nan", "-inf", "[]", "{}", "{ a = 1 }", '""', "1979-05-27T07:32:00Z", f"0x{'f' * 4000}",
            f"[{', '.join(['1'] * 999)}]", '"\\u001b[31m"', f'"{"x" * 9999}"',
        ]
    )  # fmt: skip


def _odd_file(random_: random.Random) -> str:
    """A configuration file with a few keys, right and wrong ones, at right and wrong places."""
    lines: list[str] = []
    if random_.random() < 0.5:
        lines.append(f"preset = '{random_.choice([*PRESETS, 'smal'])}'")
    tables: dict[str, list[str]] = {}
    for entry in random_.sample(ENTRIES, random_.randint(0, 3)):
        value = _odd_value(entry, random_)
        table = entry.table if random_.random() < 0.9 else random_.choice(list(TABLES))
        (tables.setdefault(table, []) if table else lines).append(f"{entry.key} = {value}")
    if random_.random() < 0.2:
        key = random_.choice([*SHARED, *TABLES, "preset", "parnet", "x"])
        if not any(line.startswith(f"{key} =") for line in lines):
            lines.append(f"{key} = {_odd_value(None, random_)}")
    for table, keys in tables.items():
        head = f"[[{table}]]" if random_.random() < 0.05 else f"[{table}]"
        lines += [head, *dict.fromkeys(keys)]
    text = "\n".join(lines)
    if random_.random() < 0.1:
        cut = random_.randrange(len(text) + 1)
        text = text[:cut] + random_.choice(["\0", "[", "= =", "\ufeff", "'''"]) + text[cut:]
    return text


@pytest.mark.fuzz(8)
def test_no_configuration_file_ends_in_a_defect(fuzz_seed: int, folder: Path, attempt: Attempt):
    random_ = random.Random(fuzz_seed)
    for number in range(25):
        path = folder / f"{number}.toml"
        path.write_text(_odd_file(random_), encoding="utf-8")
        try:
            config = DesignConfig.load(path)
        except ConfigError:
            assert attempt(["config", str(path)]) == Exit.USAGE
            continue
        assert DesignConfig.build(tomllib.loads(config.to_toml()), name=config.name) == config
        if number % 4 == 0:
            form = random_.choice(["--json", "--toml", "--markdown"])
            assert attempt(["config", form, str(path)]) == Exit.DONE
            device = random_.choice(["golden", "cpu"])
            fuse = random_.choice([[], ["--fuse"]])
            attempt(
                ["listen", "tape.csv", "--json", "--device", device, "--config", str(path), *fuse]
            )


# -- what only a process of its own shows ---------------------------------------------------------


@pytest.mark.parametrize("limit", ["-n 7", "-v 400000", "-v 250000", "-f 0", "-s 100"])
def test_low_limits_end_in_a_line(limit: str, folder: Path):
    script = f'ulimit {limit}; exec "$@"'
    command = [sys.executable, "-m", "hydrophone_cli", "listen", "tape.csv", "--alerts", "a.jsonl"]
    done = subprocess.run(
        ["sh", "-c", script, "sh", *command], capture_output=True, text=True, check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, timeout=60,
    )  # fmt: skip
    assert done.returncode in (Exit.DONE, Exit.OUTPUT, Exit.SYSTEM, Exit.USAGE), done.stderr
    assert "Traceback" not in done.stderr
