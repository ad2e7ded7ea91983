"""What `rnnlib` and `python -m rnnlib` run: the command line of cli/, and Ctrl-C from the start."""

import os
import signal


def run():
    """Run the command line; until its parts are loaded there is nothing that Ctrl-C could lose."""
    before = signal.signal(signal.SIGINT, _leave)
    from rnnlib.cli import parser

    signal.signal(signal.SIGINT, before)
    parser.run()


def _leave(signum, frame):
    os.write(2, b"interrupted.\n")
    os._exit(130)


if __name__ == "__main__":
    run()
