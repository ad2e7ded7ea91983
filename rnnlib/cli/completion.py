"""The command completion: a script that makes a shell complete the others."""

from typing import Any

from rnnlib.cli.options import CompletionOptions, build_parser

FILES = ("file", "text", "texts", "out", "folder", "start", "prompt_file")  # completed by paths


def command(options: CompletionOptions) -> None:
    """Print the script for a shell. Raises ImportError where shtab, which makes it, is missing."""
    try:
        import shtab
    except ImportError:
        raise ImportError(
            "completion needs the small package shtab. Install it with pip install shtab."
        ) from None
    program: Any = build_parser()
    for command in program._subparsers._group_actions[0].choices.values():
        for action in command._actions:
            if action.dest in FILES:
                action.complete = shtab.FILE
    print(shtab.complete(program, options.shell))
