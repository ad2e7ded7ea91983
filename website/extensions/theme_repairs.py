"""Repairs of the theme: what it gets wrong for screen readers and keyboards.

Each repair names the defect it removes. A build of the whole book in which one finds nothing to
repair fails: the theme has mended the defect, or hides it from the pattern.
"""

import re
from collections import Counter

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.jinja2glue import BuiltinTemplateLoader

from website.extensions.assets import Assets

REPAIRS = [
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
        r'<a class="navbar-brand logo"(.*?)</a>',
        r'<div role="navigation" aria-label="Home"><a class="navbar-brand logo"\1</a></div>',
    ),
]
REPAIRS = [(re.compile(pattern, re.S), new) for pattern, new in REPAIRS]


class RepairedTemplates(BuiltinTemplateLoader):
    """Sphinx's templates, whose pages are repaired before they are written."""

    def __init__(self):
        self.written, self.repaired, self.assets = set(), Counter(), Assets()

    def init(self, builder, *args, **kwargs):
        super().init(builder, *args, **kwargs)
        self.version = f"?v={builder.app.config.site_digest[:8]}"

    def render(self, template, context):
        """One page, repaired; which page it was and what found something is remembered."""
        text = super().render(template, context)
        self.written.add(context.get("pagename"))
        for pattern, new in REPAIRS:
            text, count = pattern.subn(new, text)
            self.repaired[pattern] += count
        return self.assets.one_of_each(text, self.version)


def use_repaired_templates(app, config):
    """Every page is made by these templates."""
    config.template_bridge = "website.extensions.theme_repairs.RepairedTemplates"


def refuse_useless_repairs(app, exception):
    """In a build that writes every page of a site, each repair must have found something."""
    if exception:
        return
    templates = app.builder.templates
    useless = [pattern.pattern for pattern, _ in REPAIRS if not templates.repaired[pattern]]
    if useless and app.env.found_docs <= templates.written:
        raise ExtensionError(
            "website/extensions/theme_repairs.py found nothing to repair with "
            f"{', '.join(useless)}: take such a repair out where the theme is right now, or write "
            "it for what the theme holds now."
        )


def drop_thebe_nodes(app, doctree, docname):
    """sphinx-thebe's settings, hidden in the text of every page; unused here."""
    for node in list(doctree.findall(nodes.raw)):
        if "thebe" in node.astext():
            node.parent.remove(node)


def setup(app):
    app.connect("config-inited", use_repaired_templates)
    app.connect("doctree-resolved", drop_thebe_nodes, priority=900)
    app.connect("build-finished", refuse_useless_repairs)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
