"""The built site (`make book`) behind a server, and a browser, each started once a worker.

The browser is any Chromium or Chrome on the machine, or the one that the environment variable
RNNLIB_BROWSER names.
"""

import contextlib
import http.server
import os
import threading
from functools import partial

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.site.visits import GUARD, PAGES, SITE, open_page, read
from tools.browsers import FLAGS, find_browser


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site at / and, as a publisher may, at /any/prefix/; 404.html for the rest."""

    def translate_path(self, path):
        return super().translate_path(path.removeprefix("/any/prefix"))

    def send_error(self, code, message=None, explain=None):
        body = (SITE / "404.html").read_bytes()
        self.send_response(code, message)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def copyfile(self, source, outputfile):
        with contextlib.suppress(ConnectionError):  # the browser went to another page
            super().copyfile(source, outputfile)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="package")
def base():
    """The address of the site."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Handler, directory=str(SITE))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="package")
def browser():
    """The browser of a worker; closed before other tests run, which may need an event loop."""
    found = find_browser()
    if not found:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("No browser: install Chromium or Chrome, or put its path into RNNLIB_BROWSER.")
    expect.set_options(timeout=GUARD)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS, timeout=GUARD)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shared(browser):
    """The one page of a file of tests, with what it has cached."""
    page = open_page(browser)
    yield page
    page.context.close()


@pytest.fixture
def page(shared):
    """The same page for one test, which leaves nothing behind."""
    yield shared
    shared.unroute_all()
    shared.evaluate("localStorage.clear(); sessionStorage.clear()")


@pytest.fixture
def scriptless(browser):
    """A page of a browser without JavaScript."""
    page = open_page(browser, java_script_enabled=False)
    yield page
    page.context.close()


@pytest.fixture(scope="package")
def panels():
    """A long page with panels of two frameworks, above and under what is looked at."""
    pair = "has-keras has-torch"
    return next(n for n in PAGES if read(n).partition('class="lab-notes"')[0].count(pair) > 1)
