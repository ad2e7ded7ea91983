"""What `python -m rnnlib` runs: the command line of cli/."""

from rnnlib.cli.parser import run

if __name__ == "__main__":
    run()
