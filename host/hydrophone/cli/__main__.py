"""``python -m hydrophone.cli``: the command line without its installed script."""

import sys

from hydrophone.cli import main

if __name__ == "__main__":
    sys.exit(main())
