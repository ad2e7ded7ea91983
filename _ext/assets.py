"""One style sheet and one script for the whole site, in place of some thirty files.

The templates pass each page through `one_of_each`, which makes it ask for `site.css` and `site.js`
alone. Once all pages are written, `write` puts the two together, in the order in which the pages
named their parts. Of a style sheet that is not ours it keeps only the rules that a page can use.
"""

import re
from pathlib import Path

import tinycss2

HERE = Path(__file__).parent
BUILDERS = ("html", "dirhtml", "singlehtml")
SHEET, SCRIPT = "site.css", "site.js"
INDEX = "search-index.js"  # words of the book, and no names of classes
EARLY = HERE.parent / "_static" / "panels.js"  # runs while the page is parsed, so it stands in it
# asked for by the theme, and not used: 1.5 MB that draw icons (icons.py does), tabs, live code
UNUSED = ("fontawesome.js", "thebe", "design-tabs", "search_as_you_type", ".pagename")
# the search of Sphinx, in whose place search_index.py puts another
SPHINX_SEARCH = ("searchtools.js", "language_data.js", "searchindex.js")
LINK = re.compile(r'\s*<link\b[^>]*?href="([^"?]*?_static/([^"?]+\.css))[^"]*"[^>]*>')
PRELOAD = re.compile(r'\s*<link rel="preload"[^>]*>')
TAG = re.compile(r"\s*<script\b([^>]*)>(.*?)</script>", re.S)
SOURCE = re.compile(r'src="([^"?]*?_static/([^"?]+))')
PLAIN = re.compile(r'<span class="(?:n|nn|p|w)">([^<]*)</span>')  # code in the colour of all code
NAMES = re.compile(r"[.#](-?[A-Za-z_][\w-]*)")
ADDRESS = re.compile(r"""url\(\s*(["']?)(?!data:|#)([^"')]+)\1\s*\)""")


class Assets:
    """The parts that the pages of a build name, in order; a class so that a build starts afresh."""

    def __init__(self):
        self.sheets, self.scripts = {}, {}

    def one_of_each(self, text, version):
        """A page's HTML, lighter: one style sheet and one script, whose parts are remembered."""
        found = LINK.findall(text)
        if not found:
            return text
        self.sheets |= dict.fromkeys(name for _, name in found)
        folder = found[0][0].removesuffix(found[0][1])
        text = PRELOAD.sub("", LINK.sub("", text))

        def keep(match):
            source = SOURCE.search(match[1])
            if any(word in match[0] for word in UNUSED):
                return ""
            if any(word in match[1] for word in SPHINX_SEARCH):
                return ""
            if not source:
                return match[0]
            self.scripts[source[2]] = None
            return ""

        text = PLAIN.sub(r"\1", TAG.sub(keep, text))
        early = f"<script>\n{EARLY.read_text(encoding='utf-8')}</script>\n"
        first = f'{early}<link rel="stylesheet" href="{folder}{SHEET}{version}">\n'
        first += f'<script defer src="{folder}{SCRIPT}{version}"></script>\n'
        return text.replace("</title>", f"</title>\n{first}", 1)

    def write(self, static, pages):
        """Put the parts together in the folder `_static`; `pages` is all that names a class."""
        words = set(re.findall(r"[\w-]+", pages))
        sheets = [read_sheet(static, name) for name in self.sheets]
        ours = {path.name for path in (HERE.parent / "_static").glob("*.css")}
        parts = [
            f"/* {name} */\n{serialise(rules if name in ours else keep_used(rules, words))}"
            for name, rules in zip(self.sheets, sheets, strict=True)
        ]
        (static / SHEET).write_text("\n".join(parts), encoding="utf-8")
        scripts = [
            f"// {name}\n{(static / name).read_text(encoding='utf-8')}"
            for name in self.scripts
            if name != EARLY.name
        ]
        (static / SCRIPT).write_text("\n;\n".join(scripts), encoding="utf-8")


def read_sheet(static, name):
    """The rules of a style sheet and of those that it imports, with addresses from `_static`."""
    folder = (static / name).parent

    def from_static(match):
        target = (folder / match[2]).resolve().relative_to(static.resolve())
        return f"url({target.as_posix()})"

    text = ADDRESS.sub(from_static, (static / name).read_text(encoding="utf-8"))
    rules = []
    for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            imported = (folder / rule.prelude[1].value).resolve().relative_to(static.resolve())
            rules += read_sheet(static, imported.as_posix())
        elif not (rule.type == "at-rule" and rule.lower_at_keyword == "charset"):
            rules.append(rule)
    return rules


def split_at_commas(tokens):
    """The selectors of a rule, as lists of tokens."""
    selectors = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def can_match(selector, words):
    """Whether each class and each id of a selector, outside of brackets, is a word of the pages."""
    plain = [token for token in selector if token.type not in ("function", "[] block")]
    names = NAMES.findall(tinycss2.serialize(plain).replace("\\", ""))
    return words.issuperset(names)


def keep_used(rules, words):
    """The rules of which a selector can match, with those selectors alone."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in split_at_commas(rule.prelude) if can_match(s, words)]
            if not selectors:
                continue
            joined = ",".join(map(tinycss2.serialize, selectors))
            rule.prelude = tinycss2.parse_component_value_list(joined)
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports", "layer"):
            inside = tinycss2.parse_rule_list(
                rule.content or [], skip_comments=True, skip_whitespace=True
            )
            rule.content = tinycss2.parse_component_value_list(serialise(keep_used(inside, words)))
            if not rule.content:
                continue
        kept.append(rule)
    return kept


def serialise(rules):
    return "".join(rule.serialize() for rule in rules)


def write(app, exception):
    """Write both files of a site whose pages are all there."""
    if exception or app.builder.name not in BUILDERS:
        return
    folder = Path(app.outdir)
    named = [*folder.rglob("*.html"), *(folder / "_static").rglob("*.js")]
    texts = [path for path in named if path.name not in (SCRIPT, INDEX)]
    pages = " ".join(path.read_text(encoding="utf-8") for path in texts)
    app.builder.templates.assets.write(folder / "_static", pages)


def setup(app):
    app.connect("build-finished", write, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
