"""A kernel of a user's own, whatever its ports and whatever it is fed with."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from hydrophone import ConfigError, DeviceError
from hydrophone.custom import CustomKernel
from hydrophone_model.block import Params, Port, Ports, symbol_format
from hydrophone_model.fixed import Fixed
from hydrophone_toolchain.tools import ToolError

SOURCE = """
#include "isa/block.hpp"
#include "custom.h"

namespace HYDROPHONE_KERNELS {

class Sums {
  public:
    using Params = custom::Params;
    Sums(const Params& p, Layouts& layouts)
        : count(static_cast<std::size_t>(p.count)), sums(layouts.symbol.reserve<i64>(count)) {}
    struct Input {
        ConstColumns numbers;
    };
    struct Output {
        Columns sums;
    };

    template <class Chunk>
    void process(const Chunk& at, const Input& in, const Output& out) const {
        for (std::size_t i = 0; i < at.count; ++i) {
            for (std::size_t k = 0; k < count; ++k) {
                out.sums[k][i] = sums.at(at.symbol[i])[k] += in.numbers[k][i];
            }
        }
    }

  private:
    std::size_t count;
    Piece<i64> sums;
};

Block* make_custom(const custom::Params& p) { return make<StatefulBlock<Sums>>(p); }

}  // namespace HYDROPHONE_KERNELS
"""


@dataclass(frozen=True, kw_only=True)
class SumsParams(Params):
    """Sums of so many numbers, a symbol."""

    name: ClassVar[str] = "sums"
    symbols: int = 3
    count: int = 2

    @property
    def inputs(self) -> Ports:
        numbers = Port(Fixed(signed=True, integer=10), count=self.count)
        return {"symbol": Port(symbol_format(self.symbols)), "numbers": numbers}

    @property
    def outputs(self) -> Ports:
        return {"sums": Port(Fixed(signed=True, integer=40), count=self.count)}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "sums.hpp"
    path.write_text(SOURCE)
    return path


@pytest.mark.parametrize("count", [2, 15, 16, 17, 400])
def test_ports_may_have_many_elements(count: int, source: Path, seed: int):
    rng = np.random.default_rng(seed)
    kernel = CustomKernel(SumsParams(count=count), source)
    symbol, numbers = rng.integers(0, 3, 500), rng.integers(-500, 500, (500, count))
    wanted = np.zeros_like(numbers)
    for who in range(3):
        wanted[symbol == who] = numbers[symbol == who].cumsum(axis=0)
    got = np.concatenate([
        kernel.process(symbol=symbol[cut], numbers=numbers[cut])["sums"]
        for cut in (slice(0, 1), slice(1, 34), slice(34, 500))
    ])  # fmt: skip
    assert np.array_equal(got, wanted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ConstColumns numbers;": "", "in.numbers[k][i]": "1"}, "too many initializers"),
        ({"numbers;": "numbers; const Column& others;"}, "others. is uninitialized"),
        ({"Columns sums;": "Columns sums; Columns others;"}, "could not convert"),
        ({"numbers": "numbres"}, "no non-static data member named .numbers"),
        ({"ConstColumns numbers": "const Column& numbers", "numbers[k]": "numbers"}, "Several"),
    ],
    ids=["missing", "additional", "additional output", "misnamed", "one column of several"],
)
def test_ports_of_other_names_do_not_compile(change: dict[str, str], message: str, source: Path):
    text = source.read_text()
    for old, new in change.items():
        text = text.replace(old, new)
    source.write_text(text)
    with pytest.raises(ToolError, match=f"error: .*{message}"):
        CustomKernel(SumsParams(), source)


@pytest.mark.parametrize("name", ["long", "not", "first-number", ""])
def test_a_port_that_no_member_can_be_named_after_is_refused(name: str, source: Path):
    class Named(SumsParams):
        @property
        def outputs(self) -> Ports:
            return {name: Port(Fixed(signed=True, integer=40), self.count)}

    with pytest.raises(ConfigError, match=f"port '{name}' of sums is no name in C"):
        CustomKernel(Named(), source)


def test_more_elements_than_a_row_holds_are_refused(source: Path):
    with pytest.raises(ValueError, match="ports symbol, numbers of sums have 2049 elements: use"):
        CustomKernel(SumsParams(count=2048), source)


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ({"symbol": [0, 3]}, ValueError, "symbol = 3 is not allowed: use 0 … 2"),
        ({"symbol": [0, -1]}, ValueError, r"symbol\[1\] = -1 does not fit"),
        ({"symbol": [0, 1, 2]}, ValueError, r"numbers has shape \(2, 2\): give 2 for each of 3"),
        ({"symbol": [0.0, 1.0]}, TypeError, "symbol has dtype float64: give integers"),
        ({"symbol": 0}, ValueError, r"symbol has shape \(\): give 1 for each of 1"),
        ({"numbers": [[1, 2], [3, 999999]]}, ValueError, r"numbers\[3\] = 999999 does not fit"),
        ({"numbers": np.ma.masked_all((2, 2), int)}, ValueError, "numbers has a mask, which would"),
    ],
)
def test_what_it_cannot_compute_is_named(
    inputs: dict[str, Any], error: type[Exception], message: str, source: Path
):
    kernel = CustomKernel(SumsParams(), source)
    good = {"symbol": np.zeros(2, np.int64), "numbers": np.ones((2, 2), np.int64)}
    given: dict[str, Any] = {**good, **inputs}
    with pytest.raises(error, match=message):
        kernel.process(**given)
    assert kernel.process(**good)["sums"].tolist() == [[1, 1], [2, 2]]


def test_a_missing_column_is_named(source: Path):
    with pytest.raises(TypeError, match="sums lacks its input numbers: give symbol, numbers"):
        CustomKernel(SumsParams(), source).process(symbol=np.zeros(2, np.int64))


def test_a_second_thread_is_refused(source: Path):
    kernel = CustomKernel(SumsParams(count=100), source)
    symbol, numbers = np.zeros(100_000, np.int64), np.ones((100_000, 100), np.int64)
    last: list[int] = []
    refusals: list[DeviceError] = []

    def work() -> None:
        for _ in range(5):
            try:
                last.append(int(kernel.process(symbol=symbol, numbers=numbers)["sums"][-1, -1]))
            except DeviceError as error:
                refusals.append(error)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(last) == [100_000 * (n + 1) for n in range(len(last))]
    assert "at work for another thread" in str(refusals[0])
