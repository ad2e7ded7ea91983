"""The works cited, written out from references.bib for those who read in JupyterLab.

python -m website.references

`website/extensions/plain_markdown.py` puts Sphinx's own list in their place on the site.
"""

import re

from tools.plain import ROOT, authors_and_year, bibliography

PAGE = ROOT / "chapters" / "references.md"
HEAD = "## Works cited\n"


def formatted():
    """Each work in references.bib: (key, its description in Markdown), by author and year."""
    from pybtex.backends.markdown import Backend
    from pybtex.style.formatting.plain import Style

    style, backend = Style(), Backend()
    for entry in style.format_entries(bibliography().values()):
        yield entry.key, re.sub(r"\\([\[\]().,:;_*#+!-])", r"\1", entry.text.render(backend))


def written_out():
    """What stands under the heading: a paragraph for each work, which links can lead to."""
    works = sorted(formatted(), key=lambda work: (*authors_and_year(work[0]), work[0]))
    return "".join(f'\n<a id="{key}"></a>{text}\n' for key, text in works)


def page(text):
    """The page with its list made anew."""
    return text.partition(HEAD)[0] + HEAD + written_out()


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
