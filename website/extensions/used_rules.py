"""The rules of a style sheet that some page can use, without what nothing in them names.

A rule stays if an element of some page has the tag, all classes and the id of each part of one of
its selectors, as of `div.a.b` and `p` in `div.a.b > p`. Scripts make elements and classes too: a
word in quotes in a script counts as the class of any element.
"""

import re
from functools import cache

import tinycss2

QUOTED = re.compile(r"""(?=["'`]([\w\s-]+)["'`])""")  # overlapping: quotes need not pair up
CLASSES = re.compile(r'\bclass="([^"]*)"')
IDS = re.compile(r'\bid="([^"]*)"')
TAGS = re.compile(r"<([a-zA-Z][\w-]*)")
# what may be squeezed, after what may not: strings and addresses
STRING = r"""\"[^"]*"|'[^']*'"""
SPACE = re.compile(rf"""({STRING}|url\((?:{STRING}|[^)"'])*\))|\s*([{{}};,])\s*|\s+""")
VALUE = rf"""(?:{STRING}|\([^()]*\)|[^;{{}}"'])*"""
PROPERTY = re.compile(rf"(?<=[{{;])(--[\w-]+):{VALUE}(?:;|(?=\}}))")
ANIMATION = re.compile(r"@(?:-webkit-)?keyframes ([\w-]+)\{(?:[^{}]*\{[^{}]*\})*\}")
EMPTY = re.compile(r"(?<=[{}\n])[^{};\n]+\{\}")


def words_in_quotes(script):
    return {word for text in QUOTED.findall(script) for word in text.split()}


class Names:
    """What the pages of a site call their elements; `made` are the words of its scripts."""

    def __init__(self, pages, made):
        self.made = made
        self.tags = {name.lower() for name in set(TAGS.findall(pages))} | self.made
        self.ids = set(IDS.findall(pages)) | self.made
        self.kinds = {frozenset(text.split()) for text in set(CLASSES.findall(pages))}
        self.have = cache(self.have)

    def have(self, classes):
        """Whether some element can have all these classes."""
        found = classes - self.made
        return not found or any(found <= kind for kind in self.kinds)

    def can_match(self, selector):
        """Whether each part of a selector, a list of tokens, can be some element."""
        classes, before = set(), None
        for token in selector:
            ends = token.type == "whitespace" or (token.type == "literal" and token.value in ">+~")
            if ends and not self.have(frozenset(classes)):
                return False
            if ends:
                classes = set()
            elif token.type == "hash" and token.value not in self.ids:
                return False
            elif token.type == "ident" and before == ".":
                classes.add(token.value)
            elif token.type == "ident" and before != ":" and token.lower_value not in self.tags:
                return False
            before = token.value if token.type == "literal" else None
        return self.have(frozenset(classes))


def split_at_commas(tokens):
    """The selectors of a rule, as lists of tokens."""
    selectors = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def keep_used(rules, names):
    """The rules of which a selector can match, with those selectors alone."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in split_at_commas(rule.prelude) if names.can_match(s)]
            if not selectors:
                continue
            joined = ",".join(tinycss2.serialize(s).strip() for s in selectors)
            rule.prelude = tinycss2.parse_component_value_list(joined)
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports", "layer"):
            inside = tinycss2.parse_rule_list(
                rule.content or [], skip_comments=True, skip_whitespace=True
            )
            rule.content = tinycss2.parse_component_value_list(serialise(keep_used(inside, names)))
            if not rule.content:
                continue
        kept.append(rule)
    return kept


def serialise(rules):
    return "".join(rule.serialize() for rule in rules)


def squeeze(css):
    """A style sheet without spaces that say nothing."""
    return SPACE.sub(lambda found: found[1] or found[2] or " ", css)


def keep_named(pattern, css, names):
    """A style sheet whose matches of a pattern stay only if their name is one of these."""
    return pattern.sub(lambda found: found[0] if found[1] in names else "", css)


def drop_unnamed(css, elsewhere):
    """A squeezed style sheet without the properties and animations that are named nowhere."""
    outside = set(re.findall(r"--[\w-]+", elsewhere))
    while True:
        named = outside | set(re.findall(r"var\(\s*(--[\w-]+)", css))
        moves = " ".join(re.findall(r"animation(?:-name)?:([^;}]*)", css))
        moving = set(re.findall(r"[\w-]+", moves))
        shorter = keep_named(ANIMATION, keep_named(PROPERTY, css, named), moving)
        shorter = EMPTY.sub("", shorter)
        if shorter == css:
            return css
        css = shorter
