"""What `rnnlib` and `python -m rnnlib` run: the command line of cli/; signals from the start."""

import os
import signal


def run():
    """Run the command line; until its parts are loaded a signal can lose nothing."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has not all of them
        number = getattr(signal, name, signal.SIGINT)
        if name == "SIGINT" or signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _leave)
    for number in range(3):  # what is closed is opened, lest a file of ours gets its number
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    from rnnlib.cli import main

    main.run()


def _leave(signum, frame):
    os.write(2, b"interrupted.\n")
    os._exit(128 + signum)


if __name__ == "__main__":
    run()
