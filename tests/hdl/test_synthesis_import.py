"""Importing the synthesiser changes nothing for what is imported after it."""

import subprocess
import sys

CODE = """
import sys
before = sys.getdlopenflags()
import hydrophone_hdl.synthesis.yosys
assert sys.getdlopenflags() == before
"""


def test_later_extensions_keep_their_symbols_to_themselves():
    subprocess.run([sys.executable, "-c", CODE], check=True)
