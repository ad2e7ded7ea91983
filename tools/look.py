"""Open notebooks in a real JupyterLab, say what is raw or open on the screen, keep screenshots.

python -m tools.look FOLDER chapters/06_learn_through_time.ipynb ...

The screenshots are for eyes. What the program itself asks of each page: no role or directive is
left in the prose, every cell that the site hides is closed, and every figure has its caption.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

from tools.browsers import FLAGS, find_browser
from tools.plain import ROOT

PORT = 8899
ADDRESS = f"http://127.0.0.1:{PORT}/lab"
WIDTH, TALLEST = 1366, 60_000
RAW = re.compile(r"\{[\w:-]+\}|`{3}\{|:::")
PROSE = """all => all.map(cell => {
  const copy = cell.cloneNode(true);
  copy.querySelectorAll("code, .MathJax, mjx-container, math").forEach(part => part.remove());
  return copy.textContent;
})"""
BOTTOM = "() => [...document.querySelectorAll('.jp-Cell')].at(-1).getBoundingClientRect().bottom"
WHOLE_PAGE = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"}}


@contextlib.contextmanager
def jupyterlab():
    """A JupyterLab over the book, which draws every cell of a notebook at once."""
    with tempfile.TemporaryDirectory() as folder:
        for name, setting in WHOLE_PAGE.items():
            path = Path(folder, f"{name}.jupyterlab-settings")
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(setting))
        options = [f"--port={PORT}", "--no-browser", "--IdentityProvider.token=", "--allow-root"]
        command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={ROOT}"]
        env = os.environ | {"JUPYTERLAB_SETTINGS_DIR": folder}
        with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as server:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    urlopen(ADDRESS).close()
                    break
                time.sleep(0.2)
            yield
            server.terminate()


def complaints(page, notebook):
    """What a reader would see in JupyterLab that the site does not show."""
    for text in page.locator(".jp-MarkdownOutput").evaluate_all(PROSE):
        yield from (f"raw: {found}" for found in RAW.findall(text))
    hidden = [cell["metadata"].get("jupyter", {}) for cell in notebook["cells"]]
    for kind, name in (("input", "source_hidden"), ("output", "outputs_hidden")):
        closed = page.locator(f".jp-{kind.title()}Placeholder").count()
        wanted = sum(name in found for found in hidden)
        if closed != wanted:
            yield f"{closed} {kind}s are closed, {wanted} should be"
    figures = page.locator(".jp-CodeCell :is(img, div.shaded)").count()
    captions = page.locator("blockquote:visible", has_text=re.compile(r"^\s*Figure\.")).count()
    if figures != captions:
        yield f"{figures} figures, {captions} captions"


def look(browser, path, folder):
    """Open one notebook, keep a picture of all of it, and say what is not as it should be."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
    page.goto(f"{ADDRESS}/tree/{path}?reset")
    page.wait_for_selector(".jp-RenderedMarkdown", timeout=120_000)
    for _ in range(3):  # what is drawn later makes the page longer
        page.wait_for_timeout(5_000)
        height = min(int(page.evaluate(BOTTOM)) + 200, TALLEST)
        page.set_viewport_size({"width": WIDTH, "height": height})
    page.screenshot(path=folder / f"{Path(path).stem}.png")
    found = list(complaints(page, json.loads((ROOT / path).read_text(encoding="utf-8"))))
    page.close()
    print(f"{path}: {'; '.join(found) or 'as on the site'}", flush=True)
    return found


def main(folder, *paths):
    """Look at every notebook named; the exit status says whether anything was found."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with jupyterlab(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        found = [look(browser, path, Path(folder)) for path in paths]
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
