"""One style sheet and one script for the whole site, in place of some thirty files.

The templates pass each page through `one_of_each`, which makes it ask for `site.css` in its head
and for `site.js` at its end: the first paint waits for the sheet, and on a slow line the script
must not take half of the line from it. Once all pages are written, `write` puts the two together,
in the order in which the pages named their parts. Of a sheet that is not ours only the rules that
a page can use are kept.
"""

import re
from pathlib import Path

import tinycss2
from sphinx.errors import ExtensionError

from website.extensions.used_rules import (
    Names,
    drop_unnamed,
    keep_used,
    serialise,
    squeeze,
    words_in_quotes,
)

HERE = Path(__file__).parent
SHEET, SCRIPT = "site.css", "site.js"
INDEX = "search-index.js"  # words of the book, and no names of classes
EARLY = HERE.parent / "static" / "panels.js"  # runs while the page is parsed, so it stands in it
# asked for by the theme, and not used: 1.5 MB that draw icons (icons.py does), tabs, live code,
# folded admonitions (ours are <details>), the words that Sphinx's own search would mark
UNUSED = ("fontawesome.js", "thebe", "design-tabs", "search_as_you_type", ".pagename")
UNUSED += ("togglebutton", "toggleHint", "toggleOpenOnPrint", "doctools", "sphinx_highlight")
# the search of Sphinx, in whose place search_index.py puts another
SPHINX_SEARCH = ("searchtools.js", "language_data.js", "searchindex.js")
# where the theme's sidebar comes out of its drawer; ours does at 1200 pixels, so that two columns
# of code have room on a projector of 1024
NARROW = re.compile(r"(?<=-width:)\s?(?:960|992|959(\.98))px(?=\))")
APART = "lab/"  # scripts and sheets of single pages, which are loaded there alone
LINK = re.compile(r'\s*<link\b[^>]*?href="([^"?]*?_static/([^"?]+\.css))[^"]*"[^>]*>')
PRELOAD = re.compile(r'\s*<link rel="preload"[^>]*>')
TAG = re.compile(r"\s*<script\b([^>]*)>(.*?)</script>", re.S)
SOURCE = re.compile(r'src="([^"?]*?_static/([^"?]+))')
# what the theme's scripts would make on pages that had it
OFF = ("version-switcher", "announcement", "stable-version", "list-group", "thebe", "marginnote")
OFF += ("sidebar-collapse", "collapse-sidebar")  # by a button that our pages do not have
STATES = ("show", "fade")  # of the parts of Bootstrap
BOOTSTRAP, THEME = "bootstrap.js", "pydata-sphinx-theme.js"
PLAIN = re.compile(r'<span class="(?:n|nn|p|w)">([^<]*)</span>')  # code in the colour of all code
MEASURES = re.compile(
    r',"complete"===document\.readyState\?(\w+)\(\):window\.addEventListener\("load",\1\)'
)
INLINE = re.compile(r"<script\b[^>]*>(.*?)</script>", re.S)
TOGGLES = re.compile(r'data-bs-toggle="(\w+)"')
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
        names = (name for _, name in found)
        unused = (*UNUSED, APART)
        self.sheets |= dict.fromkeys(n for n in names if not any(word in n for word in unused))
        folder = found[0][0].removesuffix(found[0][1])
        text = LINK.sub(lambda link: link[0] if link[2].startswith(APART) else "", text)
        text = PRELOAD.sub("", text)

        def keep(match):
            source = SOURCE.search(match[1])
            if any(word in match[0] for word in UNUSED):
                return ""
            if any(word in match[1] for word in SPHINX_SEARCH):
                return ""
            if not source or source[2].startswith(APART):
                return match[0]
            self.scripts[source[2]] = None
            return ""

        text = PLAIN.sub(r"\1", TAG.sub(keep, text))
        early = f"<script>\n{EARLY.read_text(encoding='utf-8')}</script>\n"
        first = f'{early}<link rel="stylesheet" href="{folder}{SHEET}{version}">\n'
        start, end, rest = text.replace("</title>", f"</title>\n{first}", 1).rpartition("</body>")
        return f'{start}<script src="{folder}{SCRIPT}{version}"></script>\n{end}{rest}'

    def write(self, folder, pages):
        """Put the parts together in `_static` of the site's folder; `pages` is the HTML of all."""
        static = folder / "_static"
        scripts = {name: (static / name).read_text(encoding="utf-8") for name in self.scripts}
        folders = ("search", APART, f"{APART}play")
        apart = [path for folder in folders for path in (static / folder).glob("*.js")]
        others = [path.read_text(encoding="utf-8") for path in apart if path.name != INDEX]
        others += sorted(set(INLINE.findall(pages)))
        names = Names(pages, words_of_classes(scripts, others, pages))
        ours = {path.name for path in (HERE.parent / "static").glob("*.css")}
        css = ""
        for name in self.sheets:
            rules = read_sheet(static, name)
            rules = rules if name in ours else keep_used(rules, names)
            css += f"/* {name} */\n{squeeze(serialise(rules))}\n"
        elsewhere = "\n".join([pages, *scripts.values(), *others])
        css = give_room(drop_unnamed(css, elsewhere))
        (static / SHEET).write_text(css, encoding="utf-8")
        parts = [
            f"// {name}\n{without_measuring(text) if name.endswith(THEME) else text}"
            for name, text in scripts.items()
            if name != EARLY.name
        ]
        script = give_room("\n;\n".join(parts))
        (static / SCRIPT).write_text(script, encoding="utf-8")


def give_room(text):
    """A style sheet or a script whose sidebar becomes a drawer where the page is not wide."""
    return NARROW.sub(lambda width: "1199.98px" if width[1] else "1200px", text)


def without_measuring(script):
    """The theme's script, which measures each box in turn and so lays out the page once a box.

    What it would do for the keyboard, `scrolling.js` does.
    """
    script, found = MEASURES.subn("", script)
    if not found:
        raise ExtensionError(
            f"website/extensions/assets.py found in {THEME} no measuring to take out: take "
            "MEASURES out if the theme is right now, or write it for what the theme holds now."
        )
    return script


def words_of_classes(scripts, others, pages):
    """The words that scripts may give to elements as classes: those in quotes, with exceptions."""
    toggles = set(TOGGLES.findall(pages))
    found = {f"bs-{name}-auto" for name in toggles}
    for name, text in [*scripts.items(), *(("", text) for text in others)]:
        words = words_in_quotes(text)
        if name.endswith(BOOTSTRAP):  # only the parts that pages use
            words = {w for w in words if w in STATES or any(toggle in w for toggle in toggles)}
        found |= words
    return {word for word in found if not any(part in word for part in OFF)}


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


def write(app, exception):
    """Write both files of a site whose pages are all there."""
    if exception:
        return
    folder = Path(app.outdir)
    pages = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.html"))
    app.builder.templates.assets.write(folder, pages)


def setup(app):
    for path in sorted((HERE.parent / "static").glob("*.css")):
        app.add_css_file(path.name)
    for path in sorted((HERE.parent / "static").glob("*.js")):
        app.add_js_file(path.name)
    app.connect("build-finished", write, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
