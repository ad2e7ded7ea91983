"""The diagrams of `website.diagrams`, written as files that notebooks and pages show.

python -m website.diagrams

Each file holds its sheets side by side, with the looks of `static/diagrams.css` for white and for
dark, so that it can be read by itself, as in JupyterLab and on GitHub. `extensions/diagrams.py`
takes the sheets out and sets them into the page.
"""

from html import escape

from tools.plain import ROOT
from website.diagrams import DIAGRAMS

FOLDER = ROOT / "chapters" / "diagrams"
STYLE = ROOT / "website" / "static" / "diagrams.css"
EDGE, GAP, TITLE, HEADING = 10, 24, 26, 40
DARK = 'html[data-theme="dark"] .diagram'


def looks():
    """The style sheet's part on drawings, with the system's theme in place of the page's."""
    text = STYLE.read_text(encoding="utf-8").partition("/* --- on the page")[0]
    before, _, rest = text.partition(DARK)
    dark, _, after = rest.partition("\n}\n")
    return f"{before}@media (prefers-color-scheme: dark) {{ .diagram{dark}\n}} }}\n{after}"


def compose(*columns, heading="", foot=""):
    """One drawing of columns of sheets; each stands under its title if there are several."""
    titled = sum(map(len, columns)) > 1
    start = EDGE + HEADING * bool(heading)
    x, bottom, parts = EDGE, 0, []
    for sheets in columns:
        y = start
        for sheet in sheets:
            if titled:
                y += TITLE
                title = f'<text class="title" x="{x + 6}" y="{y - 12}">{escape(sheet.title)}</text>'
                parts.append(title)
            size = f'x="{x}" y="{y}" width="{sheet.width + 12}" height="{sheet.height}"'
            parts.append(sheet.svg(f" {size}"))
            y += sheet.height + EDGE
        x += max(sheet.width for sheet in sheets) + 12 + GAP
        bottom = max(bottom, y)
    width, height = x - GAP + EDGE, bottom + TITLE * bool(foot)
    for text, y, size in ((heading, EDGE + 24, 26), (foot, height - 12, 11)):
        if text:
            look = f'class="title" style="font-size: {size}px"'
            parts.append(f'<text {look} x="{EDGE + 6}" y="{y}">{escape(text)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}">\n<style>\n{looks()}</style>\n'
        f'<rect class="page" width="{width}" height="{height}" rx="8"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def drawn():
    """The text of each file, by its name."""
    return {
        f"{name}.svg": compose(*([sheet] for sheet in draw())) for name, draw in DIAGRAMS.items()
    }


def main():
    """Write every file that is not as it should be, and take away what is drawn no more."""
    files = drawn()
    for path in FOLDER.glob("*.svg"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
