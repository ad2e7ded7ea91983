"""Other forms of answers: right ones in unusual clothes, wrong ones that a quick mind writes.

A module for each chapter's exercises holds two dictionaries, read by `tests/test_exercises.py`:

    RIGHT = {"5.2": {"what is unusual about it": answer}}
    WRONG = {"5.2": {"what is wrong about it": (answer, "a piece of the hint it must get")}}

An answer is what the reader hands to `check`, or a `Value`, whose code makes it.
"""
