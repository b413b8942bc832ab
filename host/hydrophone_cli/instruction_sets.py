"""Instruction sets of the C++ engine, for the commands that run on it."""

from typing import TYPE_CHECKING

from hydrophone_cli.command import CommandError

if TYPE_CHECKING:
    from hydrophone.engine import Isas


def instruction_sets() -> "Isas":
    """The instruction sets there are, and the one that was chosen.

    Raises:
        CommandError: The engine is not there, or ``HYDROPHONE_ISA`` names a set that is not.
    """
    from hydrophone.devices import CPU

    absence = CPU.absence()
    if absence is not None:
        raise CommandError(absence)

    from hydrophone.engine import isas

    try:
        return isas()
    except ValueError as error:
        raise CommandError(str(error)) from error
