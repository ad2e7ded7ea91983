"""The picture of link previews: title, subtitle, and the network unrolled over a word.

python -m website.preview

It is drawn in the language of the diagrams, photographed by a Chromium, and stored; the drawing's
hash is kept in the file, so that a test sees when the two have parted.
"""

import hashlib
import io

import yaml
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tools.plain import ROOT
from website.diagrams.__main__ import looks
from website.diagrams.sheet import Sheet

FILE = ROOT / "website" / "static" / "preview.png"
SIZE = {"width": 1200, "height": 630}
WORD = "state"
PAGE = """<!DOCTYPE html><html><meta charset="utf-8"><style>{looks}
body {{ margin: 0; padding: 40px 66px; background: #fff; color: #1f2328;
  font-family: system-ui, sans-serif; }}
h1 {{ margin: 0; font-size: 98px; line-height: 1; letter-spacing: -2px; }}
p {{ margin: 12px 0 0; font-size: 43px; line-height: 1.2; color: #4b5563; }}
svg {{ position: absolute; left: 66px; bottom: 24px; width: 1068px; }}
</style><h1>{title}</h1><p>Recurrent neural networks<br>in Keras and PyTorch, side by side</p>
<div class="diagram">{sheet}</div></html>"""


def draw_word():
    """The state goes from letter to letter; each letter is read, the next one expected."""
    sheet = Sheet(340, 106)
    columns = range(40, 341, 80)
    for x in (columns[0] - 80, *columns):
        start, end = max(x + 24, 0), min(x + 56, 340)
        sheet.way([(start, 53), (end, 53)], "state", "lit")
    for n, (x, read, expected) in enumerate(zip(columns, WORD, WORD[1:], strict=False), 1):
        sheet.way([(x, 84), (x, 69)])
        sheet.way([(x, 38), (x, 24)], "state")
        sheet.input(x, 95, f"`{read}`", side=21)
        sheet.box(x, 53, f"h_{n}", "state", width=48)
        sheet.box(x, 12, f"`{expected}`", "output", width=34, height=23)
    return sheet


def page():
    """The picture as a page."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return PAGE.format(looks=looks(), title=config["title"], sheet=draw_word().svg())


def fingerprint():
    """What the file says of the drawing that it shows."""
    return hashlib.sha256(page().encode()).hexdigest()


def main():
    """Take the photograph."""
    from playwright.sync_api import sync_playwright

    from tools.browsers import FLAGS, find_browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        tab = browser.new_page(viewport=SIZE, color_scheme="light")
        tab.set_content(page())
        picture = Image.open(io.BytesIO(tab.screenshot()))
        browser.close()
    said = PngInfo()
    said.add_text("Drawing", fingerprint())
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(
        FILE, optimize=True, pnginfo=said
    )


if __name__ == "__main__":
    main()
