"""The C library's ABI is the committed one: a change that breaks programs must move the soname."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.kernels import c_library
from tests.kernels.c_abi_description import breaks, described

from hydrophone import paths

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "host/kernels/capi/hydrophone.abi"
RENEW = f"python {Path('tests/kernels/c_abi_description.py')} > {COMMITTED.relative_to(ROOT)}"


@pytest.fixture(scope="module")
def description() -> str:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc: on Debian, apt-get install gcc")
    if not paths.library().exists():
        pytest.skip("no library: make setup")
    return described()


def test_nothing_that_programs_rely_on_has_changed(description: str):
    broken = breaks(COMMITTED.read_text(), description)
    text = "\n  ".join(broken)
    assert not broken, (
        f"the ABI is broken, the soname must move (_abi in host/kernels/CMakeLists.txt, "
        f"HYDROPHONE_ABI_VERSION in hydrophone.h); then {RENEW}\n  {text}"
    )
    assert description == COMMITTED.read_text(), f"the ABI has grown: {RENEW}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("member hydrophone_event.price: uint32_t at 16 size 4", "… at 20 size 4"),
        ("enumerator HYDROPHONE_ERROR_BUSY = 5", "enumerator HYDROPHONE_ERROR_BUSY = 6"),
        ("function const char* hydrophone_version(void)", "function int hydrophone_version(void)"),
        ("soname libhydrophone.so.1", "soname libhydrophone.so.2"),
    ],
)
def test_a_break_is_named(description: str, old: str, new: str):
    assert old in description.splitlines()
    assert breaks(description, description.replace(old, new)) == [old]


def test_the_tests_structs_are_the_headers(description: str):
    for name, struct in c_library.STRUCTS.items():
        for field, *_ in struct._fields_:
            place = getattr(struct, field)
            (line,) = (line for line in description.splitlines() if f" {name}.{field}: " in line)
            assert line.endswith(f"at {place.offset} size {place.size}")


@pytest.mark.parametrize(("language", "standard"), [("c", "c99"), ("c", "c17"), ("c++", "c++11")])
def test_the_header_compiles_without_a_warning(language: str, standard: str):
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc: on Debian, apt-get install gcc")
    flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", f"-std={standard}"]
    subprocess.run(
        [compiler, "-x", language, *flags, f"-I{paths.include_dir()}", "-"],
        input="#include <hydrophone.h>\n", text=True, check=True,
    )  # fmt: skip
