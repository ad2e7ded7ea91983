"""How smoothly the lab writes, and how soon it is there.

    python -m benchmarks.lab [--seconds 4] [--width 1366]

opens the lab of the built site (`make book` first) in Chromium, from a server, and prints the
seconds to the first paint and until the network has read its text; then, while it writes 60
characters a second, the frames a second, the share of frames that came late (more than 20 ms after
the one before), and the milliseconds of the processor that all work of the page took for a frame,
with one network and with two. Other programs make frames late, but are not in the milliseconds.
"""

import argparse
from statistics import mean

from playwright.sync_api import sync_playwright

from benchmarks.pages import SITE, serve
from tools.browsers import FLAGS, find_browser

PAGE = "chapters/lab.html"
WRITE = """async (seconds) => {
  const find = (name) => document.querySelector(`[name=${name}]`);
  find("pace").value = "60";
  const before = document.querySelector("textarea").value.length, waits = [];
  find("write").click();
  await new Promise((done) => {
    let last = performance.now();
    const end = last + 1000 * seconds;
    const tick = (now) => {
      waits.push(now - last);
      last = now;
      now < end ? requestAnimationFrame(tick) : done();
    };
    requestAnimationFrame(tick);
  });
  const written = document.querySelector("textarea").value.length - before;
  if (find("write").textContent === "Pause") find("write").click();
  return { waits: waits.slice(1), written };
}"""


def measure(page, devtools, seconds):
    """One line about writing for some seconds."""

    def busy():  # seconds that the processor worked for the page
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "TaskDuration")

    page.get_by_role("button", name="First text").click()
    page.wait_for_selector('[data-lab][data-state="ready"]')
    before = busy()
    found = page.evaluate(WRITE, seconds)
    waits, work = found["waits"], busy() - before
    late = mean(wait > 20 for wait in waits)
    return (
        f"{1000 / mean(waits):5.1f} frames a second, {late:.1%} late, "
        f"{1000 * work / len(waits):.1f} ms of the processor a frame, "
        f"{found['written'] / seconds:.0f} characters a second"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--width", type=int, default=1366)
    args = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        page = browser.new_page(viewport={"width": args.width, "height": 900})
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(f"{serve(SITE, packed=True)}/{PAGE}")
        page.wait_for_selector('[data-lab][data-state="ready"]')
        ready = page.evaluate("performance.now()") / 1000
        paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        print(f"first paint {page.evaluate(paint) / 1000:.2f} s, text read by {ready:.2f} s")
        print("one network: ", measure(page, devtools, args.seconds), flush=True)
        page.get_by_text("Networks, settings").click()  # folded until then
        page.locator("[name=second]").select_option("rnn")
        page.wait_for_function("document.querySelectorAll('.lab-read').length === 2")
        print("two networks:", measure(page, devtools, args.seconds))
        browser.close()


if __name__ == "__main__":
    main()
