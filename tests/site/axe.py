"""axe, the judge of accessibility, on pages with thousands of words: one of each kind is judged."""

from axe_playwright_python.base import AXE_SCRIPT

from tests.helpers import assert_none

# Words of code, figures and formulas, with the same classes inside the same classes: the first of
# each kind stays an element, for axe is slow with thousands. It judges no single character, nor
# what a figure draws besides its words. What is more than a word or a line stays. No colour is
# judged on its way to another, and no link is hidden because the sidebar has been scrolled.
KEEP_ONE_OF_A_KIND = """
() => {
  const still = document.createElement("style");
  still.textContent = `*, ::before, ::after { transition: none !important }
    .bd-sidebar-primary { overflow: visible !important; max-height: none !important }`;
  document.head.append(still);
  const more = "a, title, desc, [role], [tabindex], [aria-label]";
  for (const drawn of [...document.querySelectorAll(`svg :not(${more})`)].reverse()) {
    if (!drawn.textContent.trim() && !drawn.querySelector(more)) drawn.remove();
  }
  const seen = new Set();
  const words = `:is(pre span, math *, svg *):not(${more}):not(:has(*))`;
  for (const word of document.querySelectorAll(words)) {
    let kind = "";
    for (let up = word; up; up = up.parentElement) {
      kind += `${up.localName} ${up.getAttribute("class")} > `;
    }
    const isShort = word.textContent.trim().length < 2;
    if (isShort || seen.has(kind)) word.replaceWith(word.textContent);
    else seen.add(kind);
  }
}
"""

# Texts that are drawn alike, and all that they lie in: the contrast of the first is that of all,
# on this page and on those of `known`, the looks met so far and what kinds of text were judged.
MARK_FIRST = """
([known, mark]) => {
  const LOOK = ["color", "backgroundColor", "backgroundImage", "opacity", "filter", "fontSize",
                "fontWeight", "textShadow", "position", "clip"];
  const [looks, judged] = JSON.parse(known);
  const numbers = new Map(looks), kinds = new Map(), seen = new Set(judged);
  for (const element of document.querySelectorAll("*")) {
    const style = getComputedStyle(element);
    const look = [kinds.get(element.parentElement), ...LOOK.map((name) => style[name])].join();
    if (!numbers.has(look)) numbers.set(look, numbers.size);
    const kind = numbers.get(look);
    kinds.set(element, kind);
    const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
    const isSeen = element.checkVisibility() && element.getBoundingClientRect().width > 0;
    const counts = isSeen && texts.map((node) => node.data).join("").trim().length > 1;
    element.toggleAttribute(mark, counts && !seen.has(kind));
    if (counts) seen.add(kind);
  }
  return JSON.stringify([[...numbers], [...seen]]);
}
"""
UNKNOWN = "[[], []]"

# What neither holds nor lies in a text whose colours are judged, and cannot lie behind one, is
# emptied. It stays as a box, so that every selector of a style sheet means what it meant.
PRUNE = """
(mark) => {
  const marked = `[${mark}]`;
  const all = [...document.body.querySelectorAll("*")];
  const kept = new Set([document.body]);
  for (const element of all) {
    const isPlaced = getComputedStyle(element).position !== "static";
    if (!isPlaced && !element.matches(marked)) continue;
    for (let up = element; up && !kept.has(up); up = up.parentElement) kept.add(up);
  }
  const isSpare = (element) =>
    kept.has(element.parentElement) && !kept.has(element) && !element.closest(marked);
  for (const element of all.filter(isSpare)) element.replaceChildren();
}
"""

RUN = """
async ([mark, options]) => {
  const rule = { id: "color-contrast", selector: `[${mark}]` };
  axe.configure({ rules: [rule] });
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...options });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, html, any }) => {
    const why = any.map(({ message }) => message).join("; ");
    return `${id}: ${help}, at ${target.join(" ")}: ${html.slice(0, 160)}: ${why}`;
  }));
}
"""
COLORS = "color-contrast"
MARK = "data-first"


def run_axe(page, **options):
    """What axe finds, a sentence for each element; of colours, only those of marked elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(RUN, [MARK, options])


def check_accessible(page, **options):
    """axe finds nothing, in the theme that is shown."""
    page.evaluate(KEEP_ONE_OF_A_KIND)
    page.evaluate(MARK_FIRST, [UNKNOWN, MARK])
    assert_none(run_axe(page, **options), "Mend the template or the style sheet in website/.")


def check_colors(page):
    """Every text can be read, in the theme that is shown."""
    check_accessible(page, runOnly=[COLORS])


def show_theme(page, scheme):
    """The page as a reader sees it whose system is light or dark."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")


def judge_page(page, known):
    """All rules in the light, then the colours in the dark: (faults, faults of colours, `known`
    anew).

    The colours of what pages before showed are not judged again. The page is spoilt by it.
    """
    page.evaluate(KEEP_ONE_OF_A_KIND)
    show_theme(page, "light")
    known = page.evaluate(MARK_FIRST, [known, MARK])
    found = run_axe(page)
    colors = [f"light: {fault}" for fault in found if fault.startswith(COLORS)]
    faults = [fault for fault in found if not fault.startswith(COLORS)]
    show_theme(page, "dark")
    known = page.evaluate(MARK_FIRST, [known, MARK])
    page.evaluate(PRUNE, MARK)
    colors += [f"dark: {fault}" for fault in run_axe(page, runOnly=[COLORS])]
    return faults, colors, known
