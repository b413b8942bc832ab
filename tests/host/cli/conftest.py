"""Shared by the tests of the command line: a command, run in this process."""

from collections.abc import Callable

import pytest

from hydrophone_cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command, the module's `VERB` if it has one: exit code, output, standard error."""
    verb = getattr(request.module, "VERB", None)

    def command(*args: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*([verb] if verb else []), *map(str, args)])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return command
