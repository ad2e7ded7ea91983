"""What a reader predicts, recalls and solves: hidden until asked for, and remembered here alone."""

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.site.visits import LAPTOP, PHONE, SITE, check_no_trouble, open_page, shortest_page_with

REVIEW = "chapters/review.html"
HIDDEN = "all => all.map(answer => answer.getBoundingClientRect().height === 0)"


@pytest.fixture(scope="module")
def asking():
    """A page that asks for predictions."""
    return shortest_page_with('class="prediction number')


@pytest.fixture(scope="module")
def recalling():
    """A chapter with its five questions."""
    return shortest_page_with('class="recall"', 'class="exercise"', 'class="prediction')


@pytest.fixture
def dated(browser, request):
    """A page, empty of memories, whose day a test sets; in Tokyo, unless a test says where."""
    zone = ZoneInfo(getattr(request, "param", "Asia/Tokyo"))
    page = open_page(browser, timezone_id=zone.key)
    page.zone = zone
    yield page
    page.context.close()


# --- predictions ---------------------------------------------------------------------------------


def open_asking(page, address, viewport=LAPTOP):
    """Open a page as a reader does, with its answers hidden."""
    page.set_viewport_size(viewport)
    page.goto(address, wait_until="load")


def test_answers_are_hidden_until_asked_for_or_printed(page, base, asking):
    """On paper, text and predictions are equally wide."""
    open_asking(page, base + asking)
    page.emulate_media(media="print")
    assert not any(page.locator(".answer").evaluate_all(HIDDEN))
    assert not page.get_by_role("button", name="Show the answer").first.is_visible()
    ends = "all => all.map(element => element.getBoundingClientRect().right)"
    words = "article section:not(.exercise) > :is(p, .prediction)"
    assert len({round(end) for end in page.locator(words).evaluate_all(ends) if end}) == 1
    page.emulate_media(media="screen")
    assert all(page.locator(".answer").evaluate_all(HIDDEN))
    first = page.locator(".prediction").first
    answer = page.locator(f"#{first.get_attribute('id')}-answer")
    button = first.get_by_role("button", name="Show the answer")
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(first.get_by_role("status")).to_contain_text("Guess first")
    expect(answer).to_be_hidden()
    button.click()
    expect(answer).to_be_visible()
    assert page.locator(".answer").evaluate_all(HIDDEN).count(False) == 1
    first.get_by_role("button", name="Hide the answer").click()
    assert all(page.locator(".answer").evaluate_all(HIDDEN))


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_a_number_and_its_answer_are_remembered(page, base, asking, viewport):
    open_asking(page, base + asking, viewport)
    number = page.locator(".prediction.number").first
    number.get_by_role("textbox", name="Your prediction").press_sequentially("42")
    assert all(page.locator(".answer").evaluate_all(HIDDEN)), "shown while the reader types"
    page.keyboard.press("Enter")
    expect(number.get_by_role("button", name="Hide the answer")).to_be_focused()
    page.reload()
    expect(number.get_by_role("textbox")).to_have_value("42")
    expect(number.get_by_role("textbox")).to_be_disabled()
    expect(page.locator(f"#{number.get_attribute('id')}-answer")).to_be_visible()


def test_a_choice_is_made_by_keyboard_and_remembered(page, base):
    open_asking(page, base + shortest_page_with('class="prediction choice'))
    choice = page.locator(".prediction.choice").first
    options = choice.get_by_role("group", name="Your prediction").get_by_role("radio")
    assert options.count() >= 2
    options.first.focus()
    page.keyboard.press("ArrowDown")
    assert all(page.locator(".answer").evaluate_all(HIDDEN)), "shown while the reader chooses"
    page.reload()
    expect(options.nth(1)).to_be_checked()
    assert all(page.locator(".answer").evaluate_all(HIDDEN))


def judged(asked, guess):
    """What is said of a guess to a prediction."""
    if asked.get_by_role("radio").count():
        asked.get_by_role("radio").nth(guess).check()
    else:
        asked.get_by_role("textbox").fill(guess)
    asked.get_by_role("button", name="Show the answer").click()
    said = asked.get_by_role("status").inner_text()
    asked.get_by_role("button", name="Hide the answer").click()
    return said


def judge_by(page, address, kind, judgement):
    """The first prediction of this kind on a page, judged by this."""
    script = f'<script type="application/json">{json.dumps(judgement)}</script>'

    def insert(route):
        html = re.sub(r'<script type="application/json">.*?</script>', "", route.fetch().text())
        html = re.sub(rf'<div class="prediction {kind}[^>]*>', rf"\g<0>{script}", html, count=1)
        route.fulfill(body=html, content_type="text/html")

    page.route(address, insert)
    open_asking(page, address)
    return page.locator(f".prediction.{kind}").first


def test_a_number_is_judged(page, base, asking):
    asked = judge_by(page, base + asking, "number", {"right": 0.25, "within": 0.05, "unit": "nats"})
    wanted = {
        "0.25": "Right: it is 0.25 nats.",
        "about 1/4": "Right: it is 0.25 nats.",
        "0,28 nats": "Right: it is 0.25 nats.",
        "25 %": "Right: it is 0.25 nats.",
        "0.35": "Near, a little too large: it is 0.25 nats.",
        "-3": "It is 0.25 nats; yours is too small.",
        "many": "Your guess is no number. It is 0.25 nats.",
    }
    assert {guess: judged(asked, guess) for guess in wanted} == wanted


def test_a_number_is_judged_by_a_factor(page, base, asking):
    asked = judge_by(page, base + asking, "number", {"right": 100, "times": 2})
    assert judged(asked, "51") == judged(asked, "199") == "Right: it is 100."
    assert judged(asked, "20,000") == "It is 100; yours is too large."
    assert judged(asked, "2") == "It is 100; yours is too small."


def test_a_choice_is_judged_and_told_what_led_there(page, base):
    judgement = {"right": 1, "why": ["You may think of `tanh`.", *[""] * 5]}
    chosen = shortest_page_with('class="prediction choice')
    asked = judge_by(page, base + chosen, "choice", judgement)
    assert judged(asked, 0) == "Not this one. You may think of tanh."
    assert judged(asked, 1) == "Right."


def test_all_answers_open_from_the_header_on_every_page(page, base, asking):
    open_asking(page, base + asking)
    button = page.get_by_role("button", name="Open all answers")
    button.click()
    assert not any(page.locator(".answer").evaluate_all(HIDDEN))
    open_asking(page, base + shortest_page_with('class="prediction choice'))
    assert not any(page.locator(".answer").evaluate_all(HIDDEN))
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    assert all(page.locator(".answer").evaluate_all(HIDDEN))


def test_words_are_remembered(page, base):
    open_asking(page, base + shortest_page_with('class="prediction words'))
    words = page.locator(".prediction.words").first.get_by_role("textbox")
    words.press_sequentially("It forgets.")
    assert all(page.locator(".answer").evaluate_all(HIDDEN)), "shown while the reader types"
    page.reload()
    expect(words).to_have_value("It forgets.")
    assert all(page.locator(".answer").evaluate_all(HIDDEN)), "shown to who has not asked"


def test_without_javascript_every_answer_follows_its_question(scriptless, base):
    scriptless.goto(base + shortest_page_with('class="prediction choice'))
    assert scriptless.locator(".answer").count()
    assert not any(scriptless.locator(".answer").evaluate_all(HIDDEN))
    assert scriptless.locator(".prediction.choice li").count() >= 2
    assert scriptless.get_by_role("button", name="Show the answer").count() == 0


def test_a_link_into_an_answer_opens_it(page, base, asking):
    open_asking(page, base + asking)
    answer = page.locator(".answer").first
    name = answer.get_attribute("id")
    assert all(page.locator(".answer").evaluate_all(HIDDEN))
    page.goto("about:blank")
    open_asking(page, f"{base}{asking}#{name}")
    expect(answer).to_be_in_viewport()
    button = page.locator(f"#{name.removesuffix('-answer')} button[aria-controls]")
    expect(button).to_have_attribute("aria-expanded", "true")
    page.goto("about:blank")
    open_asking(page, base + asking)
    assert page.locator(".answer").evaluate_all(HIDDEN).count(False) == 1


def test_an_address_that_was_cut_short_is_no_error(page, base, asking):
    page.goto("about:blank")
    open_asking(page, base + asking + "#%E0%A4")
    page.locator(".prediction button").first.wait_for()
    check_no_trouble(page, base)


# --- recall --------------------------------------------------------------------------------------


def at(page, moment, address):
    """Open an address at a moment of a day, as the clock says where the page is."""
    page.clock.set_fixed_time(datetime.fromisoformat(f"2026-{moment}").replace(tzinfo=page.zone))
    page.goto(address, wait_until="load")


def at_on_disk(page, moment, address):
    """The same for a file. Now and then Chromium gives one visit to a file an empty memory."""
    at(page, moment, address)
    for _ in range(3):
        if page.evaluate("localStorage.getItem('been here')"):
            return
        page.reload(wait_until="load")


def answer_due(page, button):
    """Open the one question that is due, and say whether it was known."""
    card = page.locator(".due .recall")
    assert card.count() == 1
    card.locator("summary").click()
    card.get_by_role("button", name=button).click()
    expect(card).to_have_count(0)


def miss_first(page):
    """Miss the first question of a chapter, and know the second."""
    for number, button in ((0, "I missed it"), (1, "I knew it")):
        card = page.locator(".recall").nth(number)
        card.locator("summary").click()
        card.get_by_role("button", name=button).click()
    return page.locator(".recall").first.get_attribute("id")


def test_a_missed_question_comes_back_after_a_day_a_week_and_a_month(dated, base, recalling):
    """A day begins at midnight, where the reader is."""
    at(dated, "03-01T23:50", base + recalling)
    asked = miss_first(dated)
    due = dated.locator(".due .recall")
    for quiet, comes in (("03-01", "03-02"), ("03-08", "03-09"), ("04-07", "04-08")):
        at(dated, f"{quiet}T23:55", base + REVIEW)
        expect(due).to_have_count(0)
        expect(dated.locator("#review-due")).to_contain_text("The next one comes in")
        at(dated, f"{comes}T00:05", base + REVIEW)
        expect(due).to_have_id(f"{asked}-due")
        answer_due(dated, "I knew it")
    at(dated, "12-31T10:00", base + REVIEW)
    expect(due).to_have_count(0)
    expect(dated.locator("#review-due")).to_have_text("Nothing is due.")


@pytest.mark.parametrize("dated", ["America/Los_Angeles"], indirect=True)
def test_a_question_that_is_missed_again_begins_anew(dated, recalling):
    """From the disk; and to know it on the day when it was missed changes nothing."""
    chapter, review = (f"{SITE.as_uri()}/{name}" for name in (recalling, REVIEW))
    dated.goto(chapter)
    dated.evaluate("localStorage.setItem('been here', 'yes')")
    at_on_disk(dated, "03-01T00:05", chapter)
    miss_first(dated)
    card = dated.locator(".recall").first
    status = card.get_by_role("status")  # so that a screen reader hears it
    for _ in range(2):
        expect(status).to_have_text("You missed this one. It comes back in 1 day.")
        card.get_by_role("button", name="I knew it").click()
    at_on_disk(dated, "03-02T23:55", review)
    answer_due(dated, "I knew it")
    at_on_disk(dated, "03-20T10:00", review)  # eleven days late: still asked
    answer_due(dated, "I missed it")
    expect(dated.locator("#review-due")).to_contain_text("in 1 day.")
    at_on_disk(dated, "03-21T10:00", review)
    answer_due(dated, "I knew it")
    expect(dated.locator("#review-due")).to_contain_text("in 7 days.")


def test_review_shows_what_was_read_predicted_recalled_and_solved(dated, base, recalling):
    row = dated.locator(f".row-{recalling.split('/')[-1].removesuffix('.html')} td")
    at(dated, "03-01T10:00", base + REVIEW)
    before = row.all_inner_texts()
    assert before[1] == "no"
    assert all(text.startswith("0 of ") for text in before[2:])
    assert not any(text.endswith(" 0") for text in before[2:])
    at(dated, "03-01T10:00", base + recalling)
    miss_first(dated)
    dated.get_by_role("button", name="Show the answer").first.dblclick()
    other = dated.locator(".prediction").nth(1).locator("input, textarea").first
    other.dispatch_event("input")  # begun, and its answer not looked at: it does not count
    boxes = dated.get_by_role("checkbox", name="I have solved this")
    boxes.first.check()
    boxes.nth(1).check()
    boxes.nth(1).uncheck()
    dated.locator("article section > h2").last.scroll_into_view_if_needed()
    dated.wait_for_function("Object.keys(localStorage).some(key => key.startsWith('read/'))")
    at(dated, "03-01T10:00", base + REVIEW)
    after = row.all_inner_texts()
    assert after[1] == "yes"
    assert [text.split()[0] for text in after[2:]] == ["1", "2", "1"]
    dated.on("dialog", lambda dialog: dialog.accept())
    dated.get_by_role("button", name="Forget all of this").click()
    expect(row.nth(1)).to_have_text("no")
    assert row.all_inner_texts() == before


def test_a_browser_without_storage_is_told_so(page, base):
    page.goto(base)
    sandbox = "<iframe sandbox='allow-scripts' width=1366 height=900 src='{}'></iframe>"
    page.set_content(sandbox.format(base + REVIEW))
    due = page.frame_locator("iframe").locator("#review-due")
    expect(due).to_contain_text("forbids pages to remember")


def test_review_lists_all_questions_without_javascript(scriptless, base):
    scriptless.goto(base + REVIEW)
    assert scriptless.locator(".cards .recall").count() == cards_of_all_chapters()


def cards_of_all_chapters():
    """How many questions the chapters of the site hold."""
    pages = (SITE / "chapters").glob("[0-9]*.html")
    return sum(page.read_text(encoding="utf-8").count('class="recall"') for page in pages)


def test_the_file_for_anki_holds_every_question_with_its_formulas():
    text = (SITE / "_static" / "hidden_state_anki.txt").read_text(encoding="utf-8")
    head = [line for line in text.splitlines() if line.startswith("#")]
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    assert head == ["#separator:tab", "#html:true", "#deck:Hidden State", "#tags column:3"]
    assert len(rows) == cards_of_all_chapters() > 0
    assert all(len(row) == 3 and all(map(str.strip, row)) for row in rows)
    assert not re.search(r"href=|<script|<div|\$", text)
    assert r"\(" in text
