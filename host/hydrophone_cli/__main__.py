"""``python -m hydrophone_cli``: the command line without its installed script."""

import sys

from hydrophone_cli import main

if __name__ == "__main__":
    sys.exit(main())
