"""Icons: the few that the pages use, cut out of the theme's font and written into a style sheet.

The theme would draw them with a script of 1.5 MB. An icon that is missing here still appears: the
browser then fetches the theme's whole font.
"""

import re
from base64 import b64encode
from pathlib import Path

from website.extensions.cut_font import cut

FONTS = {"Free": ("fa-solid-900.ttf", 900), "Brands": ("fa-brands-400.ttf", 400)}
FOLDER = "_static/vendor/fontawesome/webfonts"
THEME = "_static/styles/pydata-sphinx-theme.css"
SHEET = "icons.css"
RULE = """@font-face {{ font-family: "Font Awesome 6 {family}"; font-weight: {weight};
  src: url(data:font/woff;base64,{data}); }}
"""


def code_points(folder):
    """The characters of all icons that pages name in a class, or the theme in a variable."""
    sheet = (folder / THEME).read_text(encoding="utf-8")
    pages = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.html"))
    names = set(re.findall(r"[\"\s]fa-([a-z-]+)", pages)) | {"xmark"}
    found = re.findall(r"--pst-icon-[a-z-]+: *\"\\?([^\"]+)\"", sheet)
    for selectors, code in re.findall(r"([^{}]+)\{content:\"\\([0-9a-f]+)\"\}", sheet):
        if names & set(re.findall(r"\.fa-([a-z-]+):", selectors)):
            found.append(code)
    return {ord(code) if len(code) == 1 else int(code, 16) for code in found} | {0xF107}


def write_sheet(app, exception):
    """Write the style sheet once all pages are there."""
    if exception:
        return
    folder = Path(app.outdir)
    rules = ""
    for family, (name, weight) in FONTS.items():
        data = b64encode(cut(folder / FOLDER / name, code_points(folder))).decode()
        rules += RULE.format(family=family, weight=weight, data=data)
    (folder / "_static" / SHEET).write_text(rules, encoding="utf-8")


def setup(app):
    app.add_css_file(SHEET, priority=900)
    app.connect("build-finished", write_sheet, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
