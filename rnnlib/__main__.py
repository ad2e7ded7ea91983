"""What `python -m rnnlib` runs: the command line of cli.py."""

import sys

from rnnlib.cli.parser import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a terminal without Greek letters shows "?"
    sys.exit(main())
