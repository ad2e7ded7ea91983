"""The site in use: panels and the switch, the reading figure, and what is remembered."""

import html
import itertools
import re
from urllib.parse import urljoin

import nbformat
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from playwright.sync_api import expect

from rnnlib.data.texts import PANGRAM
from rnnlib.models import weights_file
from tests.notebooks import ROOT
from tests.site.visits import (
    LAPTOP,
    PAGES,
    PANEL,
    PHONE,
    SETTLED,
    SITE,
    check_no_trouble,
    look,
    open_page,
    read,
    shortest_page_with,
    visit,
)

# --- panels and the switch -----------------------------------------------------------------------


PROJECTED = [LAPTOP, {"width": 1024, "height": 768}, {"width": 1920 * 4 // 7, "height": 617}]


@pytest.mark.parametrize("viewport", PROJECTED, ids=["laptop", "projector", "1920 at 175 %"])
def test_panels_stand_in_two_columns_of_64_characters(page, base, panels, viewport):
    look(page, base + panels, viewport)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    found = page.locator(PANEL).all()
    assert found
    for panel in found:
        keras = panel.locator(".framework-keras").bounding_box()
        torch = panel.locator(".framework-torch").bounding_box()
        assert keras["x"] + keras["width"] <= torch["x"]
        assert keras["y"] == torch["y"]
    assert page.get_by_role("tablist").count() == 0
    fits = """pre => {
      const was = pre.innerHTML;
      pre.textContent = "x".repeat(64);
      const fits = pre.scrollWidth <= pre.clientWidth;
      pre.innerHTML = was;
      return fits;
    }"""
    code = page.locator(f"{PANEL} .framework-keras .cell_input pre").first
    assert code.evaluate(fits)
    assert code.evaluate("pre => parseFloat(getComputedStyle(pre).fontSize)") > 11


def test_panels_become_tabs(page, base, panels):
    look(page, base + panels, viewport=PHONE)
    panel = page.locator(PANEL).first
    tabs = panel.get_by_role("tab")
    names = tabs.all_inner_texts()
    assert {"Keras", "PyTorch"} <= set(names)
    last = len(names) - 1
    tabs.first.focus()
    for key, index in [("ArrowRight", 1), ("ArrowLeft", 0), ("ArrowLeft", last), ("ArrowRight", 0)]:
        check_tab_after(page, panel, names, key, index)
    before = page.evaluate("scrollY")
    check_tab_after(page, panel, names, "End", last)
    assert page.evaluate(SETTLED) == before
    check_tab_after(page, panel, names, "Home", 0)
    assert page.evaluate(SETTLED) == before


def check_tab_after(page, panel, names, key, index):
    page.keyboard.press(key)
    for position, name in enumerate(names):
        tab = panel.get_by_role("tab", name=name)
        expect(tab).to_have_attribute("aria-selected", str(position == index).lower())
        expect(tab).to_have_attribute("tabindex", "0" if position == index else "-1")
        column = panel.locator(f"#{tab.get_attribute('aria-controls')}")
        expect(column).to_have_attribute("role", "tabpanel")
        expect(column).to_be_visible(visible=position == index)
    assert page.evaluate("document.activeElement.textContent") == names[index]


def test_tab_opens_in_every_panel_and_is_remembered(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    page.locator(PANEL).first.get_by_role("tab", name="PyTorch").click()
    for _ in range(2):
        page.locator("details").evaluate_all("all => all.forEach((fold) => { fold.open = true; })")
        for panel in page.locator(PANEL).all():
            tab = panel.get_by_role("tab", name="PyTorch")
            expect(tab).to_have_attribute("aria-selected", "true")
        page.reload()  # it is remembered


IS_VISIBLE = """all => all.map((element) => {
  const { width, height } = element.getBoundingClientRect();
  return width * height > 0 && getComputedStyle(element).visibility === "visible";
})"""


def check_frameworks(page, keras, torch):
    """Whether the cells of each framework are there; those of NumPy always are."""
    for name, visible in (("keras", keras), ("torch", torch), ("numpy", True)):
        seen = page.locator(f".framework-{name} .cell_input").evaluate_all(IS_VISIBLE)
        assert seen == [visible] * len(seen), name
        assert seen or name == "numpy"


def check_everything_is_there(page):
    """Both frameworks under their labels, and no switch."""
    check_frameworks(page, True, True)
    labels = page.locator(".framework-label").evaluate_all(IS_VISIBLE)
    assert labels
    assert all(labels)
    assert not page.locator(".framework-switch").is_visible()


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_switch_hides_the_other_framework(page, base, panels, viewport):
    visit(page, base + panels, viewport=viewport)
    switch = page.get_by_role("radiogroup", name="Show code in")
    for name, keras, torch in (("Keras", True, False), ("PyTorch", False, True)):
        switch.get_by_role("radio", name=name).check()
        check_frameworks(page, keras, torch)
    switch.get_by_role("radio", name="Both").check()
    if viewport is LAPTOP:
        check_frameworks(page, True, True)


def test_switch_works_by_keyboard(page, base, panels):
    visit(page, base + panels)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "framework":
            break
    outline = "getComputedStyle(document.activeElement.nextElementSibling).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("ArrowRight")
    check_frameworks(page, True, False)


def test_switch_is_remembered_on_this_page_and_the_next_before_the_first_paint(page, base, panels):
    visit(page, base + panels)
    page.get_by_role("radio", name="PyTorch").check()
    page.reload()
    check_frameworks(page, False, True)
    expect(page.get_by_role("radio", name="PyTorch")).to_be_checked()
    other = next(name for name in reversed(PAGES) if BOTH in read(name))
    assert other != panels
    page.goto(base + other)
    expect(page.get_by_role("radio", name="PyTorch")).to_be_checked()
    assert page.evaluate("document.documentElement.dataset.framework") == "torch"
    page.route("**/site.js*", lambda route: route.abort())  # only the script in the head runs
    page.goto(base + panels)
    assert not page.locator(".framework-keras").first.is_visible()


def test_the_switch_follows_another_tab_of_the_browser_and_a_page_from_the_cache(
    page, base, panels
):
    visit(page, base + panels)
    other = page.context.new_page()
    other.goto(base + panels)
    other.get_by_role("radio", name="PyTorch").check()
    expect(page.get_by_role("radio", name="PyTorch")).to_be_checked()
    check_frameworks(page, False, True)
    other.close()
    page.evaluate("""() => {
      localStorage.setItem("framework", "keras");
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    }""")  # as the browser does when one goes back
    expect(page.get_by_role("radio", name="Keras")).to_be_checked()
    check_frameworks(page, True, False)


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_what_is_read_stays_in_place_while_the_switch_is_used(page, base, panels, viewport):
    """By keyboard: neither the focus in the header nor what is hidden above moves the text."""
    visit(page, base + panels, viewport=viewport)
    heading = page.locator("article section > h2").last
    heading.evaluate("heading => heading.scrollIntoView()")
    top = "heading => Math.round(heading.getBoundingClientRect().top)"
    page.evaluate(SETTLED)
    before, height = heading.evaluate(top), page.evaluate("document.body.scrollHeight")
    page.get_by_role("radio", name="Both", exact=True).press("ArrowRight")
    check_frameworks(page, True, False)
    page.evaluate(SETTLED)
    assert abs(page.evaluate("document.body.scrollHeight") - height) > 50
    assert heading.evaluate(top) == pytest.approx(before, abs=2)


def test_page_works_without_storage(page, base, panels):
    page.goto(base)
    page.problems.clear()
    sandbox = "<iframe sandbox='allow-scripts' width=1366 height=900 src='{}'></iframe>"
    page.set_content(sandbox.format(base + panels))
    frame = page.frame_locator("iframe")
    frame.get_by_role("radio", name="Keras").check()
    expect(frame.locator(".framework-torch").first).to_be_hidden()
    expect(frame.locator(".framework-keras").first).to_be_visible()
    assert [p for p in page.problems if "Failed to load" not in p and "'null'" not in p] == []


def test_page_works_without_javascript(scriptless, base, panels):
    scriptless.goto(base + panels)
    expect(scriptless.locator("html")).to_have_attribute("data-theme", "light")
    for viewport in (LAPTOP, PHONE):
        scriptless.set_viewport_size(viewport)
        check_everything_is_there(scriptless)
        columns = scriptless.locator(PANEL).first.locator(".framework-column").all()
        boxes = [column.bounding_box() for column in columns]
        assert all(a["y"] + a["height"] <= b["y"] for a, b in itertools.pairwise(boxes))


DEAD = """() => [...document.querySelectorAll("main :is(button, form)")]
  .filter((element) => element.checkVisibility()).map((element) => element.outerHTML)"""


@pytest.mark.parametrize("name", ["chapters/04_hidden_state.html", "search.html", "404.html"])
def test_without_javascript_a_phone_has_a_way_to_all_chapters(scriptless, base, name):
    scriptless.set_viewport_size(PHONE)
    scriptless.goto(base + name)
    assert scriptless.evaluate(DEAD) == []
    link = scriptless.get_by_role("link", name="All chapters")
    assert link.bounding_box()["y"] < 100
    link.click()
    scriptless.wait_for_url("**/index.html#the-map")


def test_the_footer_stands_under_the_text(page, base, panels):
    look(page, base + panels)
    left = """(name) => {
      const text = new Range();
      text.selectNodeContents(document.querySelector(name));
      return Math.round(text.getBoundingClientRect().left);
    }"""
    parts = ["article h1", ".prev-next-area", ".component-author", ".extra_footer p"]
    for width in (390, 1366, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(SETTLED)
        assert len({page.evaluate(left, part) for part in parts}) == 1, width


def test_print_holds_everything(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    page.get_by_role("radio", name="Keras").check()
    page.emulate_media(media="print")
    check_everything_is_there(page)


# --- the reading figure --------------------------------------------------------------------------


def test_reading_figure_shows_the_numbers_of_the_model(page, base):
    visit(page, base + "index.html")
    params, _, vocab, _ = weights_file.load(ROOT / "weights" / "pangram.safetensors")
    h, states, guesses = np.zeros(len(params["b_h"])), [], ""
    for char_id in vocab.encode(PANGRAM):
        h = np.tanh(params["embed"][char_id] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        states.append(h)
        guesses += vocab.chars[np.argmax(h @ params["W_hy"] + params["b_y"])]
    drawn = page.eval_on_selector_all(
        ".reading rect",
        "all => all.map(r => (r.matches('.plus') ? 1 : -1) * r.getAttribute('fill-opacity'))",
    )
    np.testing.assert_allclose(np.reshape(drawn, (len(PANGRAM), -1)), states, atol=0.0051)
    shown = page.locator(".reading .step text:last-child").all_text_contents()
    assert "".join(shown).replace("␣", " ") == guesses
    assert guesses[:-1] == PANGRAM[1:]  # a figure of a network that has learned its sentence
    logits = states[10] @ params["W_hy"] + params["b_y"]
    chances = np.exp(logits) / np.exp(logits).sum()
    page.locator(".reading").get_by_role("slider").fill("11")
    best = np.argsort(-chances, kind="stable")[:3]
    slots = page.locator(".reading li")
    letters = [vocab.chars[i].replace(" ", "␣") for i in best]
    assert slots.locator("b").all_inner_texts() == letters
    shares = [f"{round(100 * chances[i])}" for i in best]
    assert slots.locator(".chance").all_inner_texts() == [f"{share} %" for share in shares]
    length = "all => all.map(bar => getComputedStyle(bar).backgroundSize.split(' ')[0])"
    assert slots.locator(".bar").evaluate_all(length) == [f"{share}%" for share in shares]


@pytest.fixture(scope="module")
def timed(browser):
    """A page whose clock a test moves on, so that nobody waits."""
    page = open_page(browser)
    page.clock.install()
    yield page
    page.context.close()


ONCE_SEEN = """
() => new Promise((seen) => {
  new IntersectionObserver(seen).observe(document.querySelector(".reading"));
})
"""  # the figure's own observer, which is older, has been called by then


def test_reading_figure_plays_and_pauses(timed, base):
    visit(timed, base + "index.html", motion="no-preference")
    figure = timed.locator(".reading")
    figure.scroll_into_view_if_needed()
    slider = figure.get_by_role("slider", name="Character")
    timed.evaluate(ONCE_SEEN)
    timed.clock.run_for(2_000)
    assert int(slider.input_value()) >= 4
    figure.get_by_role("button", name="Pause").click()
    stopped = slider.input_value()
    timed.clock.run_for(10_000)
    assert slider.input_value() == stopped
    slider.focus()
    timed.keyboard.press("End")
    assert PANGRAM.endswith(figure.locator("q").inner_text())
    last = f"{len(PANGRAM)} of {len(PANGRAM)}: {PANGRAM[-1]}"
    expect(slider).to_have_attribute("aria-valuetext", last)
    timed.keyboard.press("ArrowLeft")
    assert figure.locator(".unread").count() == 1
    figure.get_by_role("button", name="Play").click()
    timed.clock.run_for(2_000)
    slider.fill("7")  # who takes the slider stops the playing
    timed.clock.run_for(5_000)
    assert slider.input_value() == "7"
    expect(figure.get_by_role("button", name="Play")).to_be_visible()


def test_reading_figure_stands_still_for_who_wants_it(timed, base):
    visit(timed, base + "index.html")
    timed.locator(".reading").scroll_into_view_if_needed()
    timed.clock.run_for(10_000)
    assert timed.locator(".reading .unread").count() == 0
    expect(timed.locator(".reading").get_by_role("button", name="Play")).to_be_visible()


def test_reading_figure_keeps_the_names_of_its_rows_in_sight_on_a_phone(timed, base):
    visit(timed, base + "index.html", viewport=PHONE)
    figure = timed.locator(".reading")
    scroller, slider = figure.locator(".reading-scroll"), figure.get_by_role("slider")
    left = scroller.bounding_box()["x"]
    for step in ("1", "11", "44"):
        slider.fill(step)
        names, column = (figure.locator(c).bounding_box() for c in (".names", ".current"))
        assert names["x"] == pytest.approx(left, abs=1)
        assert names["x"] + names["width"] < column["x"] + 1
    assert scroller.evaluate("scroller => scroller.scrollLeft") > 200


# --- contents, drawers, ticks ---------------------------------------------------------------------

COMPARISON = ".framework-comparison"
BOTH, COMPARED = "framework-panel has-keras has-torch", '<div class="framework-comparison'


def test_a_table_that_compares_shows_one_framework_at_a_time_on_a_phone(page, base):
    visit(page, base + shortest_page_with(COMPARED), viewport=PHONE)
    table = page.locator(COMPARISON).first
    cells = {name: table.locator(f"td.framework-{name}").first for name in ("keras", "torch")}
    for tab, name in (("PyTorch", "torch"), ("Keras", "keras")):
        table.get_by_role("tab", name=tab).click()
        assert [key for key, cell in cells.items() if cell.is_visible()] == [name]
    page.set_viewport_size(LAPTOP)
    expect(table.get_by_role("tablist")).to_have_count(0)
    assert all(cell.is_visible() for cell in cells.values())
    page.get_by_role("radio", name="PyTorch").check()
    assert [key for key, cell in cells.items() if cell.is_visible()] == ["torch"]


def test_the_switch_stands_only_where_there_is_something_to_switch():
    for name in PAGES:
        both = BOTH in read(name) or COMPARED in read(name)
        assert ('class="framework-switch' in read(name)) is both, name


def test_contents_stand_in_the_margin_and_step_aside_for_panels(page, base, panels):
    look(page, base + panels)
    contents = page.locator("#pst-secondary-sidebar")
    page.evaluate("scrollTo(0, 0)")
    expect(contents).not_to_have_attribute("data-aside", "")
    box = contents.bounding_box()
    prose = page.locator("article h1 + p").bounding_box()
    assert box["x"] > prose["x"] + prose["width"]
    assert box["x"] + box["width"] <= LAPTOP["width"]
    page.locator(PANEL).first.evaluate("panel => panel.scrollIntoView({ block: 'center' })")
    expect(contents).to_have_attribute("data-aside", "")
    page.evaluate("scrollTo(0, 0)")
    expect(contents).not_to_have_attribute("data-aside", "")


def test_a_choice_closes_the_drawer(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    page.locator(".secondary-toggle").click()
    drawer = page.locator("#pst-secondary-sidebar-modal")
    drawer.locator(".onthispage").click()  # its title is no choice
    expect(drawer).to_have_attribute("open", "")
    drawer.get_by_role("link").nth(2).click()
    expect(drawer).not_to_have_attribute("open", "")
    assert page.evaluate("location.hash")


def test_the_header_fits_a_page_at_400_per_cent(page, base, panels):
    look(page, base + panels, viewport={"width": 320, "height": 256})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for button in page.locator(".bd-header-article button:visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert box["y"] >= 0
        assert min(box["width"], box["height"]) >= 24
    assert page.locator(".secondary-toggle").is_visible()


def test_a_button_of_the_header_shows_and_keeps_the_focus(page, base, panels):
    visit(page, base + panels)
    page.keyboard.press("Tab")
    for button in page.locator(".bd-header-article button:visible").all():
        button.focus()
        assert button.evaluate("button => getComputedStyle(button).outlineStyle") == "solid"
    for name in ("primary-toggle", "theme-switch-button"):
        button = page.locator(f".bd-header-article .{name}")
        button.press("Enter")
        expect(button).to_be_focused()


def test_the_sidebar_ticks_what_was_read(page, base, panels):
    name = panels.split("/")[-1].removesuffix(".html")
    visit(page, base + panels)
    assert page.locator(".tick").count() == 0
    page.evaluate("name => localStorage.setItem(`read/${name}`, '1')", name)
    for solved in (name, "another_page"):
        page.evaluate("name => localStorage.setItem(`solved/${name}/x`, 'true')", solved)
    visit(page, base + "index.html")
    link = page.locator(f"#pst-primary-sidebar a[href$='{name}.html']")
    expect(link.get_by_role("img", name="Read, 1 exercise solved")).to_be_visible()
    assert page.locator(".tick").count() == 1


# --- formulas, files, themes ----------------------------------------------------------------------


MATHS = 'class="math '


def check_maths(page):
    loaded = "[...document.fonts].some(f => /STIX/.test(f.family) && f.status === 'loaded')"
    page.wait_for_function(loaded)
    assert page.locator("article math").first.bounding_box()["width"] > 5


def test_maths_is_drawn_with_the_font_of_the_folder(page, base):
    visit(page, base + shortest_page_with(MATHS))
    check_maths(page)
    fonts = [url for url in page.requests if url.endswith((".woff", ".woff2", ".ttf"))]
    assert fonts == [base + "_static/formulas.woff"]


def test_maths_needs_no_script(scriptless, base):
    scriptless.goto(base + shortest_page_with(MATHS))
    boxes = [
        math.bounding_box() for math in scriptless.locator("article math:not(details math)").all()
    ]
    assert boxes
    assert min(box["width"] * box["height"] for box in boxes) > 20


def test_no_line_begins_with_the_mark_after_a_formula(page, base):
    page.set_viewport_size({"width": 1366, "height": 900})
    page.goto(base + "chapters/06_learn_through_time.html")
    fallen = """[...document.querySelectorAll("article .math")].filter((formula) => {
      const after = formula.nextSibling;
      if (after?.nodeType !== Node.TEXT_NODE || !/^[.,;:?!)]/.test(after.data)) return false;
      const mark = new Range();
      mark.setStart(after, 0);
      mark.setEnd(after, 1);
      const { left, width } = mark.getBoundingClientRect();
      return width && left < formula.getBoundingClientRect().left;
    }).length"""
    assert page.evaluate(fallen) == 0


def test_the_font_holds_every_character_of_the_formulas():
    known = set(TTFont(SITE / "_static" / "formulas.woff").getBestCmap())
    plain = 0
    for name in PAGES:
        for formula in re.findall(r"<math.*?</math>", read(name), re.S):
            for letters in re.findall(r"<m[ion][^>]*>([^<]*)", formula):
                assert set(map(ord, html.unescape(letters))) <= known, (name, letters)
            variables = re.findall(r"<mi>(.)</mi>", formula)
            plain += len(variables)
    assert plain > 100
    assert {ord(char) for char in "\U0001d465\u210e\U0001d70e"} <= known  # x, h and sigma, slanted


LOOKS = """() => {
  const kinds = new Map();
  for (const element of document.querySelectorAll("body *")) {
    const parent = element.parentElement;
    const kind = [parent.tagName, parent.className, element.tagName, element.className].join(" ");
    if (!kinds.has(kind)) kinds.set(kind, element);
  }
  const looks = new Map();
  for (const [kind, element] of kinds) for (const part of ["", "::before", "::after"]) {
    const style = getComputedStyle(element, part || null);
    const all = part && style.content === "none" ? ["content"] : [...style];
    const names = all.filter((name) => !name.startsWith("--")); // a variable has no look
    const look = names.map((name) => name + ":" + style.getPropertyValue(name));
    looks.set(kind + part, look.join(";"));
  }
  return looks;
}"""  # one element of each kind: its tag and classes, and those of its parent
LOOK_IN = "document.documentElement.dataset.theme = theme; const now = looks();"
KEEP = f"theme => {{ {LOOK_IN} kept[theme] = now; return now.size; }}"
CHANGED = f"""theme => {{
  {LOOK_IN}
  return [...kept[theme]].flatMap(([kind, look]) => {{
    const [before, after] = [look, now.get(kind) ?? "gone"].map((all) => new Set(all.split(";")));
    return before.symmetricDifference(after).size
      ? [`${{kind}}: ${{[...after].filter((rule) => !before.has(rule))}}`] : [];
  }});
}}"""


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_one_style_sheet_says_what_its_parts_say(page, base, panels, viewport):
    """The look of elements, with all rules of all sheets and with those that were kept."""
    visit(page, base + panels, viewport=viewport)
    page.evaluate(f"window.kept = {{}}; window.looks = {LOOKS}; 0")
    for theme in ("light", "dark"):
        assert page.evaluate(KEEP, theme) > 300
    sheet = (SITE / "_static" / "site.css").read_text(encoding="utf-8")
    parts = re.findall(r"^/\* (\S+) \*/$", sheet, re.M)
    assert len(parts) > 9
    for name in parts:
        page.add_style_tag(url=f"{base}_static/{name}")
    page.evaluate("document.querySelector('link[rel=stylesheet][href*=\"site.css\"]').remove()")
    page.evaluate("document.fonts.ready")
    for theme in ("light", "dark"):
        assert page.evaluate(CHANGED, theme) == []


def test_site_works_from_the_disk(page, panels):
    for name in ("index.html", panels, shortest_page_with(MATHS)):
        visit(page, (SITE / name).as_uri())
        check_no_trouble(page, "file:")
    check_maths(page)


@pytest.mark.parametrize("prefix", ["", "any/prefix/"], ids=["root", "prefix"])
def test_missing_page_leads_back(page, base, prefix):
    response = page.goto(f"{base}{prefix}chapters/no-such-page.html")
    assert response.status == 404
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    assert page.evaluate("[...document.styleSheets].filter(s => s.href).length") == 1
    assert page.evaluate("[...document.styleSheets].every(sheet => sheet.cssRules.length)")
    page.get_by_role("link", name="Start at the welcome page").click()
    page.wait_for_url(f"{base}{prefix}index.html")
    expect(page.get_by_role("heading", name="Page not found")).to_have_count(0)


def test_notebook_can_be_copied_and_downloaded(page, base, panels):
    look(page, base + panels)
    assert page.locator(".cell_input button.copybtn").count() > 3
    link = page.locator(".bd-header-article a[href$='.ipynb']")
    response = page.request.get(urljoin(page.url, link.get_attribute("href")))
    assert nbformat.reads(response.text(), as_version=4).cells


def test_dark_mode_is_remembered(page, base):
    visit(page, base + "index.html")
    for _ in range(3):
        if page.evaluate("document.documentElement.dataset.mode") == "dark":
            break
        page.locator(".theme-switch-button:visible").click()
    page.goto(base + "search.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
