"""How long a first visit takes on a slow phone, which Chromium plays.

    python -m benchmarks.pages [FOLDER] [--pages NAME ...] [--repeats 5] [--disk]

opens pages of the built site (`make book` first) with an empty cache, 390 points wide, over a line
of 1.6 Mbit/s and 150 ms, at a quarter of the processor's speed; from a server with gzip, from one
without, and, with `--disk`, from the folder. It prints the median of what each took:
requests, kilobytes sent, seconds to the first paint, to the largest, and until the page is usable
(its scripts have run); how far its parts moved (CLS), and its longest task in milliseconds.
"""

import argparse
import functools
import gzip
import http.server
import threading
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from tools.browsers import FLAGS, find_browser

SITE = Path(__file__).parents[1] / "_build" / "html"
PAGES = ("index.html", "chapters/04_hidden_state.html", "chapters/10_carry_the_state.html")
LINE = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 9.6e4}
SLOWER = 4  # times slower than this processor
TEXT = (".html", ".css", ".js", ".svg", ".json")
LISTEN = """
window.seen = { shift: 0, task: 0, largest: 0 };
const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
  .observe({ type, buffered: true });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
watch("longtask", (entry) => { seen.task = Math.max(seen.task, entry.duration); });
watch("largest-contentful-paint", (entry) => { seen.largest = entry.startTime / 1000; });
"""
READ = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return { paint: paint.startTime / 1000, largest: seen.largest,
           usable: page.domContentLoadedEventEnd / 1000, shift: seen.shift, task: seen.task };
}"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, its texts packed with gzip if asked; a connection stays open, as usual."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args, packed, **kwargs):
        self.packed = packed
        super().__init__(*args, **kwargs)

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            return self.send_error(404)
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        if self.packed and path.suffix in TEXT:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def serve(folder, packed):
    """The address of a folder behind a server of its own."""
    handler = functools.partial(Handler, directory=str(folder), packed=packed)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def open_once(browser, address):
    """One first visit of a page, in a context with nothing cached."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    sent = []
    devtools.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", LINE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(LISTEN)
    page.goto(address, wait_until="load", timeout=300_000)
    page.wait_for_timeout(500)
    found = page.evaluate(READ)
    context.close()
    return {"requests": len(sent), "kB": sum(sent) / 1000} | found


def measure(browser, address, repeats):
    """The median of each number over several first visits."""
    visits = [open_once(browser, address) for _ in range(repeats)]
    return {name: median(visit[name] for visit in visits) for name in visits[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=SITE)
    parser.add_argument("--pages", nargs="+", default=PAGES)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--disk", action="store_true", help="from the folder as well")
    args = parser.parse_args()
    ways = {"gzip": serve(args.folder, True), "plain": serve(args.folder, False)}
    if args.disk:
        ways["disk"] = args.folder.resolve().as_uri()
    columns = ("requests", "kB", "paint", "largest", "usable", "shift", "task")
    print(f"{'page':34}{'way':7}" + "".join(f"{name:>9}" for name in columns))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        for name in args.pages:
            for way, base in ways.items():
                row = measure(browser, f"{base}/{name}", args.repeats)
                digits = dict.fromkeys(columns, 2) | {"requests": 0, "kB": 0, "shift": 3, "task": 0}
                values = "".join(f"{row[name]:9.{digits[name]}f}" for name in columns)
                print(f"{name:34}{way:7}{values}", flush=True)


if __name__ == "__main__":
    main()
