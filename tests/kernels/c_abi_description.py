"""ABI description of the C library: what a program that is compiled against it relies on.

    python tests/kernels/c_abi_description.py > host/kernels/capi/hydrophone.abi

The compiler says sizes, offsets and numbers; declarations are those of the headers after the
preprocessor, which are the library's to the letter; the linker says what is exported.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hydrophone import paths


def described(compiler: str = "gcc") -> str:
    """The description, an entry a line."""
    text = preprocessed(compiler)
    functions = sorted(_functions(text))
    exported = set(_exported())
    declared = {re.sub(r"\(.*", "", line).split()[-1].lstrip("*") for line in functions}
    if exported != declared:
        raise ValueError(f"declared or exported, not both: {sorted(exported ^ declared)}")
    (soname,) = re.findall(r"SONAME.*\[(.*)\]", _run("readelf", "-dW", str(paths.library())))
    lines = [f"soname {soname}", *(f"function {line}" for line in functions)]
    lines += (f"callback {line}" for line in re.findall(r"\w[\w ]*\**\(\*\w+\)\([^)]*\);", text))
    return "\n".join([*lines, *_compiled(compiler, text)]) + "\n"


def preprocessed(compiler: str) -> str:
    """The library's own declarations, white space made one."""
    source = "#include <hydrophone.h>\n"
    text = _run(compiler, "-E", "-x", "c", "-std=c11", f"-I{paths.include_dir()}", "-", text=source)
    own, kept = False, list[str]()
    for line in text.splitlines():
        if marker := re.match(r'# \d+ "(.*?)"', line):
            own = Path(marker[1]).parent == paths.include_dir()
        elif own:
            kept.append(line)
    joined = re.sub(r"__attribute__\s*\(\(\w+\(\"\w+\"\)\)\)", "", " ".join(kept))
    joined = re.sub(r"_Static_assert\s*\(.*?\);", "", joined)
    return re.sub(r"\s+", " ", joined)


def _functions(text: str) -> Iterator[str]:
    for found in re.finditer(r"(?<=[;}] )([\w ]+\**\s?\**hydrophone_\w+\([^()]*\));", text):
        yield found[1].strip()


def _exported() -> list[str]:
    lines = _run("nm", "-D", "--defined-only", str(paths.library())).splitlines()
    return [line.split()[-1].split("@")[0] for line in lines if " T " in line]


def _compiled(compiler: str, text: str) -> list[str]:
    """Sizes and offsets of structs, numbers of enumerators."""
    prints: list[str] = []
    for body, name in re.findall(r"typedef struct(?: \w+)? \{(.*?)\} (\w+);", text):
        prints.append(f'printf("struct {name} size %zu\\n", sizeof({name}));')
        for member in re.findall(r"[^;]+;", body):
            pointer = re.search(r"\(\*(\w+)\)", member)
            field = pointer[1] if pointer else re.sub(r"\[.*?\]|;", "", member).split()[-1]
            field = field.lstrip("*")
            kind = "function" if pointer else re.sub(rf"\b{field}\b|;", "", member).strip()
            place = f"offsetof({name}, {field}), sizeof((({name}*)0)->{field})"
            prints.append(f'printf("member {name}.{field}: {kind} at %zu size %zu\\n", {place});')
    for body in re.findall(r"typedef enum \{(.*?)\}", text):
        prints += [
            f'printf("enumerator {enumerator} = %d\\n", (int){enumerator});'
            for enumerator in re.findall(r"HYDROPHONE_\w+", body)
        ]
    program = "\n".join(
        ["#include <hydrophone.h>", "#include <stdio.h>", "int main(void) {", *prints, "}"]
    )
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "describe"
        include = f"-I{paths.include_dir()}"
        _run(compiler, "-x", "c", "-std=c11", include, "-", "-o", str(target), text=program)
        return _run(str(target)).splitlines()


def _run(*command: str, text: str = "") -> str:
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def breaks(before: str, after: str) -> list[str]:
    """What of the committed description is no longer so; what is new breaks nothing."""
    now = set(after.splitlines())
    return [line for line in before.splitlines() if line not in now]


if __name__ == "__main__":
    sys.stdout.write(described())
