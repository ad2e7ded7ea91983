"""Spelling to sound by rules: the baseline that a network has to beat.

From left to right the longest rule that fits is taken, as a primer of English reading would have
it. A rule may ask for the beginning of the word (^), for its end ($), and for what follows: [e] is
any of these letters, C any consonant, and neither is used up.
"""

import re
from functools import cache

VOWELS = "aeiouy"

# what is read, and how it is said
RULES = """
^kn N, ^gn N, ^wr R, ^wh W, ^ps S, ^x Z, ^mc M AH K, ^who HH UW, ^y Y
tion SH AH N, sion ZH AH N, ssion SH AH N, cian SH AH N, cial SH AH L, tial SH AH L, cious SH AH S
tious SH AH S, ture CH ER, sure ZH ER, ough AO, augh AO, eigh EY, igh AY, ould UH D, ought AO T
tch CH, dge JH, sch SH, ch CH, sh SH, th TH, ph F, gh G, ck K, qu K W, ng NG, nk NG K, wh W
gu[ei] G, sc[eiy] S, ce$ S, ge$ JH, se$ Z, ve$ V, le$ AH L, es$ Z, ed$ D, ted$ T AH D, ded$ D AH D
er$ ER
ing$ IH NG, s$ Z, ss S, age$ IH JH, ate$ EY T, ey$ IY, y$ IY, ies$ IY Z, ous$ AH S, al$ AH L
able$ AH B AH L, ment$ M AH N T, man$ M AH N, son$ S AH N, ton$ T AH N, ness$ N AH S, a$ AH, o$ OW
i$ IY, e$ , on$ AH N, en$ AH N, an$ AH N, ski$ S K IY, berg$ B ER G, stein$ S T AY N
ai EY, ay EY, au AO, aw AO, ea IY, ee IY, ei AY, ey EY, eu Y UW, ew UW, ie IY, oa OW, oe OW, oi OY
oo UW, ou AW, ow OW, oy OY, ue UW, ui UW, ar AA R, er ER, ir ER, or AO R, ur ER, air EH R, ear IH R
aCe$ EY, eCe$ IY, iCe$ AY, oCe$ OW, uCe$ UW
bb B, cc K, dd D, ff F, gg G, ll L, mm M, nn N, pp P, rr R, tt T, zz Z, kk K
c[eiy] S, g[eiy] JH, x K S, j JH, mb$ M
a AE, b B, c K, d D, e EH, f F, g G, h HH, i IH, k K, l L, m M, n N, o AA, p P, q K, r R, s S, t T
u AH, v V, w W, y IH, z Z
"""


def say_by_rules(word: str) -> tuple[str, ...]:
    """The phonemes of a word of the letters a to z, by the rules above.

    Raises ValueError for other characters, and for no letter at all.
    """
    if not re.fullmatch("[a-z]+", word):
        raise ValueError(f"the rules read the letters a to z, not {word!r}.")
    place, said = 0, []
    while place < len(word):
        for rule, sounds in _rules():
            match = rule.match(word, place)
            if match:
                said += sounds
                place += len(match[1])
                break
    return tuple(said)


@cache
def _rules():
    """[(regular expression, phonemes)], the longest first; its first group is what is used up."""
    found = []
    for entry in re.split(r",|\n", RULES.strip()):
        spelling, *sounds = entry.split()
        start, rest = ("^", spelling[1:]) if spelling[0] == "^" else ("", spelling)
        end, rest = ("$", rest[:-1]) if rest[-1] == "$" else ("", rest)
        letters, after = re.fullmatch(r"([a-z]+)((?:C[a-z]*|\[[a-z]+\])?)", rest).groups()
        after = after.replace("C", f"[^{VOWELS}]")
        anchor = r"(?<![a-z])" if start else ""
        rule = re.compile(f"{anchor}({letters})(?={after}{end})")
        found.append((len(spelling), rule, tuple(sounds)))
    found.sort(key=lambda item: -item[0])
    return [(rule, sounds) for _, rule, sounds in found]
