"""Questions to a page in Firefox, which needs no driver for it: the page posts its answers back."""

import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

from tests.site.visits import GUARD

FIREFOX = shutil.which("firefox")
QUIET = """
user_pref("app.normandy.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.firstRunURL", "");
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"""
PAGE = """<!doctype html><meta charset="utf-8"><title>Questions</title>
{tags}
<script>
Promise.all(questions.map(async (question) => {function}(question)))
  .catch((error) => ({{ error: String(error) }}))
  .then((answers) =>
    fetch("{address}", {{ method: "POST", mode: "no-cors", body: JSON.stringify(answers) }}));
</script>
"""


def ask_firefox(folder, scripts, function, questions):
    """The answers of a function of these scripts, on a page that is opened from a folder."""
    (folder / "questions.js").write_text(f"const questions = {json.dumps(questions)};")
    tags = "".join(f'<script src="{name}"></script>' for name in [*scripts, "questions.js"])
    page = folder / "page.html"
    return open_firefox(
        page, lambda address: PAGE.format(tags=tags, function=function, address=address)
    )


def open_firefox(page, fill):
    """What a page posts that is opened from a folder; `fill` makes it of the address to post to."""
    posted, answers = threading.Event(), []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            posted.set()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page.write_text(fill(f"http://127.0.0.1:{server.server_port}/"), encoding="utf-8")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        (Path(home) / "user.js").write_text(QUIET)
        command = [FIREFOX, "--headless", "--no-remote", "--profile", home, page.as_uri()]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        firefox = subprocess.Popen(command, env=os.environ | {"HOME": home}, **quiet)
        try:
            assert posted.wait(GUARD / 1000), "Firefox gave no answer"
        finally:
            firefox.terminate()
            firefox.wait()
            server.shutdown()
            server.server_close()
    assert "error" not in answers[0], answers[0]
    return answers[0]
