"""What runs before a page is painted, and the page that says a page does not exist."""

from pathlib import Path

HERE = Path(__file__).parent
NOT_FOUND = """
<h1>Page not found</h1>
<p>There is no page at this address.</p>
<h2>Where to go</h2>
<ul>
<li><a href="index.html">Start at the welcome page</a></li>
<li><a href="index.html#the-map">Find a chapter on the map</a></li>
<li><a href="search.html">Search the book for a word</a></li>
</ul>
"""


def read_script(name):
    """A script of this folder as an inline element: it must run before anything is drawn."""
    return f"<script>\n{(HERE / name).read_text(encoding='utf-8')}</script>\n"


def add_scripts(app, pagename, templatename, context, doctree):
    """The reader's choices come first in the head; 404.html also finds its folder first."""
    scripts = read_script("find_folder.js") if pagename == "404" else ""
    scripts += read_script("first_paint.js")
    context["metatags"] = scripts + context.get("metatags", "")


def add_not_found(app):
    """404.html, which servers show for an address that does not exist."""
    yield "404", {"title": "Page not found", "body": NOT_FOUND}, "page.html"


def setup(app):
    app.connect("html-page-context", add_scripts)
    app.connect("html-collect-pages", add_not_found)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
