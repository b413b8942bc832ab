"""Tools run as processes: what is missing and what failed, in words."""

import sys
from pathlib import Path

import pytest

from hydrophone_model.errors import ToolError
from hydrophone_toolchain.tools import MissingToolError, last_words, run_tool

TRACE = """\
Traceback (most recent call last):
  File "a.py", line 1, in <module>
    raise ValueError
wasmtime._error.WasmtimeError: failed to create cache directory: /none/wasmtime

Caused by:
    Not a directory
"""


def test_a_tool_that_is_not_there_is_named_with_its_remedy(tmp_path: Path):
    with pytest.raises(MissingToolError, match=r"no-such-tool is not there: install a C\+\+"):
        run_tool(["no-such-tool"], tmp_path)


def test_a_tool_that_cannot_be_started_is_named(tmp_path: Path):
    (tmp_path / "text").write_text("no program")
    with pytest.raises(ToolError, match="text cannot be run: Permission denied"):
        run_tool([str(tmp_path / "text")], tmp_path)


def test_a_tool_that_fails_has_the_last_word(tmp_path: Path):
    code = "import sys; sys.stderr.buffer.write(b'why \\xff'); sys.exit(3)"
    with pytest.raises(ToolError, match=r"^python failed:\nwhy "):
        run_tool([sys.executable, "-c", code], tmp_path, name="python")
    with pytest.raises(ToolError, match=r"python failed:\nit ended with code 3"):
        run_tool([sys.executable, "-c", "raise SystemExit(3)"], tmp_path, name="python")


def test_a_tool_gets_the_environment(tmp_path: Path):
    code = "import os, sys; sys.exit(os.environ['WORD'] != 'said' or os.getcwd() != sys.argv[1])"
    run_tool([sys.executable, "-c", code, str(tmp_path)], tmp_path, {"WORD": "said"})


def test_of_a_trace_the_error_is_told():
    assert last_words(TRACE) == (
        "wasmtime._error.WasmtimeError: failed to create cache directory: /none/wasmtime\n\n"
        "Caused by:\n    Not a directory\nname another folder in XDG_CACHE_HOME"
    )
    assert last_words(" plain \n") == "plain"
