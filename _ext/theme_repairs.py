"""Repairs of the theme: what it gets wrong for screen readers, keyboards and other builders.

Each repair names the defect it removes; when the theme mends one, a line here can go.
"""

import re
from pathlib import Path

from docutils import nodes

FIXES = [
    # theme: without JavaScript, "auto" is no mode at all, and code has no colours
    (r' data-theme="auto"', ' data-theme="light"'),
    # theme: a flash of the wrong colours before its script knows what the system prefers
    (
        r'localStorage.getItem\("theme"\) \|\| "auto"',
        'localStorage.getItem("theme") || '
        '(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")',
    ),
    # docutils: a role that is not allowed on its element
    (r' role="doc-biblioentry"', ""),
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    # myst-nb: a label that hides the visible words "Show solution"
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # theme: labels that differ from what is visible
    (r'(<button class="btn search-button-field[^>]*?) title="Search" aria-label="Search"', r"\1"),
    (
        r'<span class="search-button__kbd-shortcut">',
        '<span class="search-button__kbd-shortcut" aria-hidden="true">',
    ),
    (r'(<i class="theme-switch [^>]*?)\s+title="[^"]*"', r"\1"),
    # theme: the logo link lies outside every landmark
    (
        r'(?<!aria-label="Home">)<a class="navbar-brand logo"(.*?)</a>',  # once a page
        r'<div role="navigation" aria-label="Home"><a class="navbar-brand logo"\1</a></div>',
    ),
]
FIXES = [(re.compile(pattern, re.S), new) for pattern, new in FIXES]


def repair_pages(app, exception):
    """Apply the fixes to the finished pages."""
    if exception or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        repaired = text
        for pattern, new in FIXES:
            repaired = pattern.sub(new, repaired)
        if repaired != text:
            path.write_text(repaired, encoding="utf-8")


def drop_thebe_scripts(app, pagename, templatename, context, doctree):
    """sphinx-thebe loads itself on every page, twice, and names other sites; unused here."""
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if "thebe" not in f"{script.filename} {script.attributes.get('body')}"
    ]


def drop_thebe_nodes(app, doctree, docname):
    """The same extension's settings, hidden in the text of every page."""
    for node in list(doctree.findall(nodes.raw)):
        if "thebe" in node.astext():
            node.parent.remove(node)


def mend_singlehtml(app):
    """An extension that registers for `singlehtml` alone hides every `html` handler there."""
    handlers = app.registry.translation_handlers
    if "singlehtml" in handlers:
        handlers["singlehtml"] = {**handlers.get("html", {}), **handlers["singlehtml"]}


def setup(app):
    app.connect("builder-inited", mend_singlehtml)
    app.connect("doctree-resolved", drop_thebe_nodes, priority=900)
    app.connect("html-page-context", drop_thebe_scripts, priority=900)
    app.connect("build-finished", repair_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
