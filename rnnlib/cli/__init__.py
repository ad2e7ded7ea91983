"""The command line: `python -m rnnlib`."""
