"""The welcome page: what its first screen holds, its buttons, and code that is a chapter's own."""

import pytest

from tests.site.visits import LAPTOP, PAGES, PHONE, read, visit

SCREENS = {"phone": {"width": 390, "height": 664}, "laptop": {"width": 1366, "height": 700}}
INKS = "a => [getComputedStyle(a).color, getComputedStyle(a).backgroundColor]"
CHAPTER = "chapters/05_first_char_rnn.html"


@pytest.mark.parametrize("viewport", SCREENS.values(), ids=SCREENS)
def test_the_first_screen_says_what_it_is_starts_and_shows_it(page, base, viewport):
    """Without scrolling: the claim, two buttons for a thumb, and the figure begun."""
    visit(page, base + "index.html", viewport=viewport)
    assert page.locator("h1 + p").bounding_box()["height"] < 100
    start, quiet = (button.bounding_box() for button in page.locator(".buttons a").all())
    assert min(start["height"], quiet["height"]) >= 44
    assert start["y"] == quiet["y"]
    assert page.locator(".reading").bounding_box()["y"] + 150 < viewport["height"]
    page.locator(".buttons a").first.click()
    page.wait_for_url(f"{base}chapters/ten_minutes.html")


def test_the_page_fits_a_small_phone_or_four_times_the_size(page, base):
    visit(page, base + "index.html", viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_the_start_stands_out_is_outlined_in_any_colours_and_printed_as_ink(page, base):
    visit(page, base + "index.html", viewport=LAPTOP)
    start, quiet = page.locator(".buttons a").all()
    (ink, ground), (quiet_ink, _) = start.evaluate(INKS), quiet.evaluate(INKS)
    assert ground == quiet_ink != ink
    page.keyboard.press("Tab")  # so that the browser shows where the focus is
    start.focus()
    assert start.evaluate("a => getComputedStyle(a).outlineStyle") == "solid"
    page.emulate_media(forced_colors="active")
    borders = "a => getComputedStyle(a).borderTopWidth + getComputedStyle(a).borderTopStyle"
    assert {start.evaluate(borders), quiet.evaluate(borders)} == {"2pxsolid"}
    page.emulate_media(forced_colors="none", media="print")
    assert start.evaluate(INKS) == quiet.evaluate(INKS)


def test_no_other_page_has_a_row_of_buttons():
    assert [name for name in PAGES if 'class="buttons"' in read(name)] == ["index.html"]


def test_the_code_is_that_of_its_chapter_in_the_same_panel(page, base):
    """Each framework's cell with its output, word for word; one at a time on a phone."""
    cells = ".framework-panel {} .cell"
    visit(page, base + "index.html", viewport=PHONE)
    shown = {name: page.locator(cells.format(f".framework-{name}")) for name in ("keras", "torch")}
    assert [cell.is_visible() for cell in shown.values()] == [True, False]
    texts = {name: cell.text_content() for name, cell in shown.items()}
    page.get_by_role("tab", name="PyTorch").click()
    assert [cell.is_visible() for cell in shown.values()] == [False, True]
    visit(page, base + CHAPTER, viewport=LAPTOP)
    for name, text in texts.items():
        assert text in page.locator(cells.format(f".framework-{name}")).all_text_contents()
