"""The repository's address: with it come buttons, page addresses, link previews and a sitemap.

Without it (the default in `_config.yml`) nothing of the kind appears, and no address is made up.
"""

from html import escape
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from sphinx.errors import ExtensionError

BUTTONS = ("use_repository_button", "use_issues_button", "use_edit_page_button")
PICTURE = "website/static/preview.png"
PICTURE_SHOWS = "A recurrent network reads the word state and expects each next letter."
LAUNCH = {
    "notebook_interface": "jupyterlab",
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}


def pages_address(repository):
    """Where GitHub Pages publishes a repository; "" where it is not on GitHub."""
    host, _, path = repository.rstrip("/").removesuffix(".git").partition("github.com/")
    owner, _, name = path.partition("/")
    return f"https://{owner.lower()}.github.io/{name}/" if host == "https://" and name else ""


def find_address(app, config):
    """The repository's address and the book's as settings, so that a change renews every page."""
    config.book_repository = config.html_theme_options.get("repository_url", "").rstrip("/")
    pages = config.html_baseurl or pages_address(config.book_repository)
    config.book_address = pages or config.book_repository


def turn_on(app):
    """Switch the theme's buttons on, or take the address out of the theme altogether."""
    config, options = app.config, app.config.html_theme_options
    address = options.get("repository_url", "")
    if not address:
        options.pop("repository_url", None)
        options["launch_buttons"] = {}
        return
    if not pages_address(address):
        raise ExtensionError(
            f"_config.yml: the buttons need a repository on GitHub, which {address} is not: write "
            "https://github.com/OWNER/NAME, or leave it empty."
        )
    options.update(dict.fromkeys(BUTTONS, True), launch_buttons=LAUNCH)
    config.html_baseurl = config.html_baseurl or pages_address(address)


def open_copies(app, pagename, templatename, context, doctree):
    """The Colab button opens the copy that `.ci/colab` made, which installs the library first."""
    branch = app.config.html_theme_options.get("repository_branch")
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("text") == "Colab":
                button["url"] = button["url"].replace(f"/blob/{branch}/", "/blob/colab/", 1)


def describe(doctree):
    """The first paragraph of a page, for search engines and link previews."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        if isinstance(paragraph.parent, nodes.section):
            return " ".join(paragraph.astext().split())[:160]
    return ""


def add_preview(app, pagename, templatename, context, doctree):
    """The description of the page, and its link preview once the site has an address."""
    text = escape(describe(doctree), quote=True)
    tags = [f'<meta name="description" content="{text}">'] if text else []
    if app.config.html_baseurl and doctree:
        address = app.config.html_baseurl + quote(app.builder.get_target_uri(pagename))
        title = escape(app.env.titles[pagename].astext(), quote=True)
        pairs = {"title": title, "type": "article", "url": address, "description": text}
        pairs["site_name"] = escape(app.config.html_title, quote=True)
        pairs |= {"image": app.config.html_baseurl + PICTURE, "image:alt": PICTURE_SHOWS}
        pairs |= {"image:width": 1200, "image:height": 630}
        tags += [f'<meta property="og:{name}" content="{value}">' for name, value in pairs.items()]
        tags.append('<meta name="twitter:card" content="summary_large_image">')
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags, ""])


def write_sitemap(app, exception):
    """sitemap.xml: the addresses of all pages."""
    if exception or not app.config.html_baseurl:
        return
    base = app.config.html_baseurl
    names = sorted(app.env.found_docs)
    urls = [f"<url><loc>{base}{quote(app.builder.get_target_uri(n))}</loc></url>" for n in names]
    opening = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', opening, *urls, "</urlset>", ""]
    Path(app.outdir, "sitemap.xml").write_text("\n".join(lines), encoding="utf-8")


def setup(app):
    app.add_config_value("book_repository", "", "env", types=[str])
    app.add_config_value("book_address", "", "env", types=[str])
    app.connect("config-inited", find_address)
    app.connect("builder-inited", turn_on, priority=100)
    app.connect("html-page-context", add_preview)
    app.connect("html-page-context", open_copies, priority=900)  # after the theme
    app.connect("build-finished", write_sitemap)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
