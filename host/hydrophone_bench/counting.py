"""Instruction counts of kernels, engine and fusion (callgrind): the performance regression gate.

Unlike times, counts are the same on a busy machine as on a quiet one, so that a few percent show.
They depend on the compiler: a baseline holds for the version that made it. Needs an editable
installation, which builds the program that is counted (host/kernels/counting), and valgrind.
"""

import json
import re
import shutil
import subprocess
import sysconfig
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np

from hydrophone.engine_state import exchanged_fields
from hydrophone_bench.fusion import tables
from hydrophone_bench.tape import synthetic
from hydrophone_model import cheader
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import RequestError
from hydrophone_model.fusion.decision import decision_dtype
from hydrophone_model.fusion.fusion import FusionParams
from hydrophone_model.whale.pipeline import PipelineParams

ROOT = Path(__file__).parents[2]
BASELINE = Path("tests/kernels/instructions.json")
"""The committed counts, below the root of the repository."""
ISAS = ("scalar", "sse4", "avx2")
"""Instruction sets that valgrind knows."""
MARGIN = 0.02
"""Share by which a count may exceed its baseline: what minor versions of compiler and C library
change. The same build always counts the same."""
EVENTS = 2048
DECISIONS = 256
TIMES = 8


class CountingError(RequestError):
    """Instructions cannot be counted here; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Instructions.

    Attributes:
        compiler: Which built what was counted.
        instructions: Of one call, or of one event, by kernel, size and instruction set.
    """

    compiler: str
    instructions: dict[str, float]

    @classmethod
    def read(cls, path: Path) -> Self:
        """A baseline."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def text(self) -> str:
        """The baseline as it is committed."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @property
    def generation(self) -> str:
        """Name and major version of the compiler."""
        return self.compiler.partition(".")[0]


def count(*, isas: tuple[str, ...] = ISAS, times: int = TIMES) -> Counts:
    """Counts everything.

    Args:
        isas: Instruction sets.
        times: How often each call is made. Counts are those of `TIMES` calls: with more of them
            everything seems slower, as the gate's own test wants it.

    Raises:
        CountingError: A tool is missing.
    """
    program = built()
    config = DesignConfig.preset()
    given = _for_the_pipeline(config.pipeline) + _for_the_fusion(config.fusion)
    given += _for_the_signal_pipeline(config)
    compiler = ""
    instructions: dict[str, float] = {}
    for isa in isas:
        compiler, found = _counted([str(program), isa, str(times)], given)
        instructions |= {f"{name} {isa}": value for name, value in found.items()}
    return Counts(compiler=compiler, instructions=instructions)


def built() -> Path:
    """The program that is counted.

    Raises:
        CountingError: It or valgrind is missing.
    """
    if shutil.which("valgrind") is None:
        raise CountingError("no valgrind: on Debian, apt-get install valgrind")
    tag = f"cp{sysconfig.get_config_var('py_version_nodot')}"
    for path in sorted(ROOT.glob(f"build/{tag}-*/count")):
        return path
    raise CountingError("the counted program is not built: `make setup` builds it")


def _for_the_pipeline(params: PipelineParams) -> bytes:
    tape = synthetic(events=EVENTS, symbols=params.symbols)
    fields = exchanged_fields(params, "symbol")
    state = [params.symbols, len(fields), *(int(n) for field in fields for n in field)]
    return _numbers([*cheader.flattened(params), *state, tape.size]) + tape.tobytes()


def _for_the_signal_pipeline(config: DesignConfig) -> bytes:
    tape = synthetic(events=DECISIONS, symbols=config.pipeline.symbols)
    params = config.signal_pipeline
    head = cheader.flattened(config.pipeline) + cheader.flattened(params)
    return _numbers([*head, *_places(params.fusion), tape.size]) + tape.tobytes()


def _places(params: FusionParams) -> list[int]:
    """Where the fields of a decision lie, and its size."""
    dtype = decision_dtype(params)
    return [*(int(offset) for _, offset, *_ in (dtype.fields or {}).values()), dtype.itemsize]


def _for_the_fusion(params: FusionParams) -> bytes:
    given = tables(params, DECISIONS)
    columns = (given["scores"], given["present"], given["outcome"], given["learn"])
    head = _numbers([*cheader.flattened(params), *_places(params), DECISIONS])
    return head + b"".join(column.tobytes() for column in columns)


def _numbers(numbers: list[int]) -> bytes:
    return np.array(numbers, np.int64).tobytes()


def _counted(command: list[str], given: bytes) -> tuple[str, dict[str, float]]:
    """Compiler, and instructions of each call by kernel and size."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counts"
        done = subprocess.run(
            [
                "valgrind",
                "--tool=callgrind",
                "--toggle-collect=hydrophone_counted",
                "--dump-after=hydrophone_counted",
                "--combine-dumps=yes",
                f"--callgrind-out-file={out}",
                *command,
            ],
            input=given,
            capture_output=True,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise CountingError(f"{command[0]} failed under valgrind: {said[-1:]}")
        totals = re.findall(r"^totals: (\d+)$", out.read_text(), re.MULTILINE)
    compiler, *lines = done.stdout.decode().splitlines()
    counts: dict[str, float] = {}
    # After the last run comes what happened until the program ended: nothing.
    for line, total in zip(lines, totals[:-1], strict=True):
        name, units = line.rsplit(" ", 1)
        counts[name] = round(int(total) / (int(units) * TIMES), 2)
    return compiler, counts


def compare(counts: Counts, baseline: Counts) -> list[str]:
    """What is slower than the baseline allows, or not in it, a sentence each.

    Raises:
        CountingError: Another compiler made the baseline.
    """
    if counts.generation != baseline.generation:
        raise CountingError(
            f"the baseline is of {baseline.compiler}, this build of {counts.compiler}"
        )
    found: list[str] = []
    for name, value in counts.instructions.items():
        wanted = baseline.instructions.get(name)
        if wanted is None:
            found.append(f"{name}: not in the baseline")
        elif value > wanted * (1 + MARGIN):
            found.append(
                f"{name}: {value:g} instructions, {value / wanted - 1:+.1%} "
                f"beside the baseline's {wanted:g}"
            )
    gone = baseline.instructions.keys() - counts.instructions.keys()
    return found + [f"{name}: in the baseline, but no longer counted" for name in sorted(gone)]
