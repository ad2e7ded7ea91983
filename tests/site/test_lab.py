"""The lab in use, by keyboard: its numbers are NumPy's, and its text is what Python would write."""

import base64
import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from rnnlib.functional import log_softmax, sigmoid, softmax
from rnnlib.models import ModelConfig, weights_file
from rnnlib.models.char_rnn.numpy_model import CharRNN
from rnnlib.models.engines import load
from rnnlib.tasks.synthetic import TemporalOrder
from rnnlib.writing.sampling import Sampler, generate
from tests.helpers import assert_sentence
from tests.notebooks import ROOT
from tests.site.axe import check_accessible, check_colors, show_theme
from tests.site.firefox import FIREFOX, open_firefox
from tests.site.visits import (
    LAPTOP,
    PAGES,
    PHONE,
    SETTLED,
    SITE,
    check_no_trouble,
    open_page,
    visit,
)
from tests.site.visits import read as read_page

LAB = "chapters/lab.html"
OWN = ROOT / "weights" / "shakespeare_rnn.safetensors"
READY = '[data-lab][data-state="ready"]'
OPENING = "document.querySelector('textarea').defaultValue"

WRITTEN = "document.querySelector('textarea').value.length"


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """{name: (params, config, vocab)} of the networks that the page loads, in eight bits."""
    found = {}
    for name in ("lstm", "rnn"):
        script = (SITE / "_static" / "lab" / "models" / f"{name}.js").read_text()
        path = tmp_path_factory.mktemp("lab") / f"{name}.safetensors"
        path.write_bytes(base64.b64decode(re.search(r'= "(.+)";', script)[1]))
        found[name] = weights_file.load(path)[:3]
    return found


def open_lab(page, address, **options):
    visit(page, address + LAB, **options)
    page.wait_for_selector(READY)
    page.wait_for_function("document.querySelector('.lab-mattered').textContent")


@pytest.fixture(scope="module")
def opened(browser, base):
    """The lab, opened once for tests that step through its text and change nothing else."""
    page = open_page(browser)
    open_lab(page, base)
    yield page
    page.context.close()


def step_to(page, step):
    """Choose a step with the slider, as most tests begin."""
    page.locator("[name=step]").fill(str(step))
    expect(page.locator("output")).to_have_text(re.compile(f"^{step} of "))


FIRST_STEP = 66  # on which the page is opened


def read(network, text, change=None):
    """What an LSTM keeps and how far its gates open, {name: (T, H)}; and its logits (T, V).

    A change (place, unit, value) sets a number of c after a character; without a unit all of the
    state becomes the value.
    """
    params, _, vocab = network
    h = c = np.zeros(len(params["W_hh"]))
    kept, logits = [], []
    for char_id in vocab.encode(text):
        a = params["embed"][char_id] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
        i, f, g, o = np.split(a.astype(np.float64), 4)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        c = f * c + i * g
        if change and change[0] == len(kept):
            c[slice(None) if change[1] is None else change[1]] = change[2]
        h = o * np.tanh(c)
        kept.append([h, c, i, f, g, o])
        logits.append(h @ params["W_hy"] + params["b_y"])
    return dict(zip("hcifgo", np.swapaxes(kept, 0, 1), strict=True)), np.array(logits)


def mean_surprise(logits, ids):
    """In nats, of all characters but the first."""
    return -log_softmax(logits)[np.arange(len(ids) - 1), ids[1:]].mean()


def write_in_python(network, prompt, length, **sampler):
    params, config, vocab = network
    model = CharRNN(config)
    model.set_params(params)
    return generate(model, vocab, prompt, length, Sampler(**sampler), rng=0)


def place(page):
    return int(page.locator("output").inner_text().split()[0])


def text_of(page):
    return page.locator("textarea").input_value()


# --- reading --------------------------------------------------------------------------------------


def test_the_numbers_of_a_step_are_numpys(opened, networks):
    page = opened
    step_to(page, FIRST_STEP)
    text = page.evaluate(OPENING)
    kept, logits = read(networks["lstm"], text)
    surprise = mean_surprise(logits, networks["lstm"][2].encode(text))
    expect(page.locator(".lab-status")).to_contain_text(f"mean surprise {surprise:.2f} nats")
    page.locator(".lab-strip").focus()
    for key, at in (("ArrowRight", place(page)), ("End", len(text) - 1)):
        page.keyboard.press(key)
        expect(page.locator("output")).to_have_text(f"{at + 1} of {len(text)}")
        expect(page.locator(".lab-table caption")).to_have_text(f"LSTM, step {at + 1}")
        heads = page.locator(".lab-table thead th").all_inner_texts()[1:]
        rows = page.locator(".lab-table tbody tr:has(td)").all_inner_texts()
        numbers = np.array([row.split() for row in rows], float)
        assert sorted(numbers[:, 0]) == [*range(256)]
        for name, column in zip(heads, numbers.T[1:], strict=True):
            wanted = kept[name][at][numbers[:, 0].astype(int)]
            np.testing.assert_allclose(column, wanted, atol=1e-4, err_msg=name)
        best = np.sort(softmax(logits[at]))[::-1][:5]
        shown = page.locator(".lab-expected li .lab-bar").evaluate_all(
            "bars => bars.slice(0, 5).map(b => Number(b.style.getPropertyValue('--share')))"
        )
        np.testing.assert_allclose(shown, best, atol=1e-5)


def test_the_heat_map_shows_what_the_network_keeps(opened, networks):
    page = opened
    text = page.evaluate(OPENING)
    c = read(networks["lstm"], text)[0]["c"]
    page.locator(".lab-strip").evaluate("strip => strip.scrollLeft = 0")
    page.wait_for_function("document.querySelector('.lab-chars').style.transform.includes('(0px)')")
    names = page.locator(".lab-names span", has_text=re.compile(r"^c\d+ ")).evaluate_all(
        """all => all.map(name => [name.textContent, parseFloat(name.style.top) + 6
            - document.querySelector('.lab-window canvas').offsetTop])"""
    )
    drawn = page.evaluate("document.querySelector('.lab-window canvas').toDataURL()")
    pixels = np.array(Image.open(io.BytesIO(base64.b64decode(drawn.partition(",")[2]))), float)
    column = [len(text[: t + 1].rpartition("\n")[2]) for t in range(len(text))]
    assert len(names) == 24
    for words, y in names:
        unit = int(words[1:].split()[0])
        r = np.corrcoef(c[:, unit], column)[0, 1]
        assert float(words.split()[1].replace("−", "-")) == pytest.approx(r, abs=0.006)
        seen = pixels[int(y), 7 : 50 * 14 : 14]
        row = c[:50, unit] / np.abs(c[:, unit]).max()
        np.testing.assert_allclose(seen[:, 3] / 255, np.abs(row), atol=0.006)
        strong = np.abs(row) > 0.1
        assert ((seen[:, 0] > seen[:, 2]) == (row > 0))[strong].all()  # red above 0


def test_keys_step_and_say_where_they_are(opened):
    page = opened
    step_to(page, FIRST_STEP)
    strip, now = page.locator(".lab-strip"), page.locator(".lab-now")
    start = place(page)
    page.get_by_role("slider", name="step").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert strip.evaluate("strip => strip === document.activeElement")
    assert strip.evaluate("strip => getComputedStyle(strip).outlineStyle") == "solid"
    for key, wanted in [
        ("ArrowRight", start + 1),
        ("ArrowLeft", start),
        ("Home", 1),
        ("PageDown", 11),
    ]:
        page.keyboard.press(key)
        expect(page.locator("output")).to_have_text(re.compile(f"^{wanted} of "))
    expect(page.locator(".lab-said")).to_contain_text("After “ROMEO: line break Good”")
    expect(now).to_contain_text(
        re.compile(r"^After “ROMEO:↵Good”, the network expects .+ with [\d.]+ %")
    )
    expect(now).to_contain_text(re.compile(r"Surprise of the last character: [\d.]+ nats\.$"))
    page.get_by_label("surprise in").select_option("bits")
    expect(now).to_contain_text("bits")
    page.get_by_label("surprise in").select_option("nats")
    for name, wanted in (("One character on", 12), ("One character back", 11)):
        page.get_by_role("button", name=name).press("Enter")
        expect(page.locator("output")).to_have_text(re.compile(f"^{wanted} of "))


def test_shades_say_how_much_each_character_mattered(opened):
    page, at = opened, FIRST_STEP - 1
    step_to(page, FIRST_STEP)
    expect(page.locator(".lab-read .lab-shade")).to_have_count(FIRST_STEP)
    wanted = page.evaluate(
        """async (at) => {
          const model = HiddenState.build(await HiddenState.fetch("lstm"));
          const ids = model.encode(document.querySelector("textarea").value);
          return Array.from(HiddenState.influence(model, ids, at, ids[at + 1]));
        }""",
        at,
    )
    shares = "all => all.map(s => Number(s.style.getPropertyValue('--share')))"
    shown = page.locator(".lab-read .lab-shade").evaluate_all(shares)
    np.testing.assert_allclose(shown, np.array(wanted) / max(wanted), atol=6e-4)
    page.locator(".lab-paper").hover(position={"x": 300, "y": 20})  # a look, which chooses nothing
    page.wait_for_function(f"document.querySelectorAll('.lab-shade').length !== {at + 1}")
    page.mouse.move(0, 0)
    expect(page.locator("output")).to_have_text(re.compile(f"^{at + 1} of "))


def test_a_shade_lies_as_far_back_as_the_page_says(opened):
    page = opened
    words = page.get_by_text(re.compile(r"at most \d+ characters back")).inner_text()
    norms = page.evaluate(
        """async () => {
          const model = HiddenState.build(await HiddenState.fetch("gru"));
          const reading = new HiddenState.Reading(model, "gru");
          reading.setText(model.encode("to be, or not ".repeat(15)));
          while (!reading.isDone) reading.advance();
          return Array.from(reading.influence(209));
        }"""
    )
    assert len(norms) == 210
    assert [norm > 0 for norm in norms].count(True) == int(re.search(r"most (\d+)", words)[1])
    assert norms[0] == 0 < norms[-1]


def test_shades_ask_about_what_was_written_once_it_is_known(opened):
    asked, again = opened.evaluate(
        """async () => {
          const model = HiddenState.build(await HiddenState.fetch("gru"));
          const [reading, other] = [1, 2].map(() => new HiddenState.Reading(model, "gru"));
          const read = (one) => { while (!one.isDone) one.advance(); };
          reading.setText(model.encode("to be"));
          read(reading);
          reading.influence(4); // about the character most expected
          reading.append(reading.likeliest(4, 2)[1].id);
          read(reading);
          other.setText([...reading.ids]);
          read(other);
          return [reading, other].map((one) => Array.from(one.influence(4)));
        }"""
    )
    assert asked == again


def test_typed_text_is_read_and_what_a_network_does_not_know_is_named(page, base):
    open_lab(page, base)
    box, fault = page.locator("textarea"), page.locator(".lab-fault")
    opening = text_of(page)
    box.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("Who")
    total = len(opening) + 3
    expect(page.locator("output")).to_have_text(f"{total} of {total}")
    expect(page.locator(".lab-now")).to_contain_text("war.↵Who”")
    order = page.locator(".lab-sorted")  # stays while the text goes on
    expect(order).to_contain_text(f"on the first {len(opening)} characters of this text")
    page.keyboard.type("é")
    expect(fault).to_contain_text(f"The LSTM does not know “é”, character {total + 1} of the text.")
    expect(page.locator("output")).to_have_text(f"{total} of {total}")  # as read before
    assert text_of(page) == f"{opening}Whoé"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(fault).to_be_empty()
    assert text_of(page) == f"{opening}Who"
    page.get_by_role("button", name="First text").press("Enter")
    assert text_of(page) == opening
    box.press("Control+Home")
    page.keyboard.type("A")
    expect(order).to_contain_text(f"on the first {len(opening) + 1} characters of this text")
    box.fill("")
    status = page.locator(".lab-status")
    expect(status).to_have_text("Type a character, and the network reads it.")
    expect(page.locator(".lab-sheet")).to_be_hidden()
    box.press("K")
    expect(page.locator("output")).to_have_text("1 of 1")
    expect(page.locator(".lab-sheet")).to_be_visible()
    expect(page.locator(".lab-now")).to_contain_text("After “K”, the network expects")
    page.get_by_role("button", name="First text").press("Enter")
    path = ROOT / "weights" / "knights_lstm.safetensors"  # a network of other characters
    chars = weights_file.load(path)[2].chars
    page.locator("[type=file]").set_input_files(path)
    expect(fault).to_contain_text(f"{path.name} knows only these {len(chars)} characters: ")
    expect(page.locator("[name=first]")).to_have_value("lstm")  # which still reads
    expect(status).to_contain_text("LSTM, 256 units: mean surprise")
    fault.get_by_role("button").press("Enter")
    expect(fault).to_be_empty()
    expect(page.locator("[name=first]")).to_have_value(path.name)
    expect(status).to_contain_text(path.name)
    assert text_of(page)
    assert set(text_of(page)) <= set(chars)


def in_words(char):
    """A character as the page names it."""
    return {" ": "a space", "\n": "a line break"}.get(char, f"“{char}”")


def likeliest(logits, vocab):
    """The likeliest character and its chance in percent, as the page shows them."""
    return f"{in_words(vocab.chars[logits.argmax()])} with {in_percent(softmax(logits).max())}"


def in_percent(share):
    return f"{100 * share:.{0 if share >= 0.0995 else 1}f} %"


def most_moved(before, after, vocab):
    """The character whose chance a change moved most, as the page names it."""
    was, now = softmax(before), softmax(after)
    at, char_id = np.unravel_index(np.abs(now - was).argmax(), was.shape)
    return (
        f"{in_words(vocab.chars[char_id])} after step {at + 1}: "
        f"{in_percent(was[at, char_id])} without the change, {in_percent(now[at, char_id])} with it"
    )


def test_what_is_set_in_the_memory_is_read_on_from(page, base, networks):
    open_lab(page, base)
    text, at, vocab = page.evaluate(OPENING), 79, networks["lstm"][2]
    ids, effect = vocab.encode(text)[at:], page.locator(".lab-effect")
    status = page.locator(".lab-status").inner_text()
    page.locator("[name=step]").fill(str(at + 1))
    unit = int(page.locator("[name=number] option").first.inner_text()[1:])
    value = page.locator("[name=value]")
    value.press("Home")  # to its lowest
    kept, logits = read(networks["lstm"], text)
    lowest = -np.ceil(np.abs(kept["c"][:, unit]).max())
    assert float(value.get_attribute("min")) == lowest
    before = f"without the change it is {mean_surprise(logits[at:], ids):.2f} nats."
    for change, did in (
        ((at, unit, lowest), f"c{unit} was set from {kept['c'][at, unit]:.2f} to −{-lowest:.2f}."),
        ((at, None, 0), "all of the memory was set to 0."),
    ):
        changed = read(networks["lstm"], text, change)[1]
        assert not np.allclose(changed[at:], logits[at:], atol=0.1)
        expect(effect).to_have_text(
            f"After step {at + 1}, {did} There the network expected "
            f"{likeliest(logits[at], vocab)}, and now {likeliest(changed[at], vocab)}. "
            f"What moved most is the chance of {most_moved(logits, changed, vocab)}. "
            f"On the same {len(text) - at - 1} characters after it the mean surprise is "
            f"{mean_surprise(changed[at:], ids):.2f} nats; {before}"
        )
        expect(page.locator(".lab-set")).to_be_visible(visible=change[1] is not None)
        expect(page.locator(".lab-mattered")).to_contain_text("Put it back")
        page.locator("[name=wipe]").press("Enter")
    page.locator("[name=undo]").press("Enter")
    expect(effect).to_be_empty()
    expect(page.locator(".lab-status")).to_have_text(status)
    expect(page.locator(".lab-read")).to_have_count(1)
    at = len(text) - 1  # what is written after a change: compared with the network as it was
    page.locator("[name=step]").fill(str(len(text)))
    page.locator("[name=wipe]").press("Enter")
    expect(effect).to_contain_text("Let it write")
    page.locator("[name=write]").press("Enter")
    page.wait_for_function(f"{WRITTEN} === {len(text) + 300}")
    text = text_of(page)
    ids = vocab.encode(text)[at:]
    was, now = (read(networks["lstm"], text, c)[1] for c in (None, (at, None, 0)))
    expect(effect).to_contain_text(
        f"On the same 300 characters after it the mean surprise is "
        f"{mean_surprise(now[at:], ids):.2f} nats; without the change it is "
        f"{mean_surprise(was[at:], ids):.2f} nats."
    )
    page.locator("textarea").fill("KING:\n")
    expect(effect).to_have_text(
        f"The change after step {at + 1} is gone, because the text was edited before it. "
    )


# --- what is taken along --------------------------------------------------------------------------


def take_csv(page):
    """What the button downloads, as rows {name of the column: words}."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").press("Enter")
    assert download.value.suggested_filename == f"hidden_state_step_{place(page)}.csv"
    text = Path(download.value.path()).read_text(encoding="utf-8")
    return text, list(csv.DictReader(io.StringIO(text)))


def test_all_numbers_of_a_step_and_of_all_layers_are_taken_along(page, base, networks, tmp_path):
    open_lab(page, base)
    page.locator("[name=second]").select_option("rnn")
    expect(page.locator(".lab-table caption")).to_have_count(2)
    drawn = page.locator(".lab-table tbody").first.locator("tr:has(td) th").all_inner_texts()
    heads = page.locator(".lab-names span").all_inner_texts()
    assert drawn == [found[1] for found in (re.match(r"c(\d+) ", w) for w in heads) if found]
    text, rows = take_csv(page)
    assert [row["unit"] for row in rows if row["drawn"] == "yes"][:24] == drawn
    at, hidden = place(page) - 1, {name: networks[name][1].hidden_size for name in networks}
    kept = read(networks["lstm"], page.evaluate(OPENING))[0]
    lstm = [row for row in rows if row["network"] == "LSTM"]
    assert len(lstm) == hidden["lstm"]
    assert {row["character"] for row in rows} == {page.evaluate(OPENING)[at]}
    for row in lstm:
        found = [float(row[name]) for name in "hcifgo"]
        wanted = [kept[name][at, int(row["unit"])] for name in "hcifgo"]
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    plain = [row for row in rows if row["network"] == "plain RNN"]
    assert len(plain) == hidden["rnn"]
    assert {row["c"] for row in plain} == {""}  # it has none
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as CSV").press("Enter")
    expect(page.locator(".lab-taken")).to_have_text(f"The numbers of step {at + 1} are copied.")
    assert page.evaluate("navigator.clipboard.readText()") == text
    page.context.clear_permissions()
    page.locator("[name=second]").select_option("")
    expect(page.locator(".lab-table caption")).to_have_count(1)
    vocab = networks["lstm"][2]
    config = ModelConfig(len(vocab), embed_size=4, hidden_size=6, num_layers=2, cell="gru")
    weights_file.save(tmp_path / "deep.safetensors", CharRNN(config).get_params(), config, vocab)
    page.locator("[type=file]").set_input_files(tmp_path / "deep.safetensors")
    expect(page.locator(".lab-table caption")).to_contain_text("deep.safetensors")
    for layer in (2, 1):  # the last is drawn unless another is asked for
        page.get_by_label("rows").select_option(label=f"hidden state h, layer {layer}")
        head = page.locator(".lab-names .head")
        expect(head).to_have_text(f"hidden state h, layer {layer}")
        rows = take_csv(page)[1]
        wanted = [(str(n), str(unit)) for n in (1, 2) for unit in range(6)]
        assert sorted((row["layer"], row["unit"]) for row in rows) == wanted
        assert {row["layer"] for row in rows if row["drawn"] == "yes"} == {str(layer)}
    assert page.locator(".lab-table tbody tr:has(td)").count() == 12


def follow(page, base, hash_):
    """Open a link; by way of another page, as a change of the hash alone loads nothing."""
    page.goto("about:blank")
    page.goto(f"{base}{LAB}#{hash_}")
    page.wait_for_selector(READY)
    expect(page.locator(".lab-now")).not_to_be_empty()


def test_a_link_brings_text_networks_and_step_back(page, base):
    open_lab(page, base)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = "KING & 'QUEEN':\n3 $? - so!\n"
    page.locator("textarea").fill(text)
    page.locator("[name=second]").select_option("rnn")
    expect(page.locator(".lab-read")).to_have_count(2)
    page.locator("[name=step]").fill("7")
    expect(page.locator("output")).to_have_text(f"7 of {len(text)}")
    page.get_by_role("button", name="Copy a link to this").press("Enter")
    note = page.locator(".lab-linked")
    expect(note).to_have_text("The link is copied: it holds the text, who reads it and step 7.")
    link = page.evaluate("navigator.clipboard.readText()")
    page.context.clear_permissions()
    assert link == page.url  # so that it can be taken from there, too
    assert link.startswith(f"{base}{LAB}#")
    followed = page.evaluate(
        """link => [...Array(link.length).keys()].filter((length) => {
          try {
            return HiddenState.readLink(link.slice(0, length), ["lstm", "rnn"], "KING");
          } catch {
            return false;
          }
        })""",
        "#" + link.partition("#")[2],
    )
    assert followed == []  # wherever it is cut, it is noticed
    requests = len(page.requests)
    follow(page, base, link.partition("#")[2])
    expect(page.locator("output")).to_have_text(f"7 of {len(text)}")
    assert text_of(page) == text
    for side, network in (("first", "lstm"), ("second", "rnn")):
        expect(page.locator(f"[name={side}]")).to_have_value(network)
    assert not any("KING" in url.partition("#")[0] for url in page.requests[requests:])
    page.evaluate("location.hash = 'second=gru&step=3'")  # pasted into the address bar
    expect(page.locator(".lab-status")).to_contain_text("GRU")
    expect(page.locator("output")).to_have_text(re.compile("^3 of "))
    assert text_of(page) == page.evaluate(OPENING)
    page.evaluate("location.hash = 'how-it-writes'")  # which is none
    expect(page.locator("output")).to_have_text(re.compile("^3 of "))
    check_no_trouble(page, base)


def test_a_link_to_a_named_button_presses_it(page, base):
    """Ten minutes links the one that sets c12; the number is said as the page has it."""
    follow(page, base, "set-c12")
    expect(page.locator(".lab-effect")).to_contain_text("c12 was set from 2.36 to −3.00")
    expect(page.locator(".lab-effect")).to_contain_text("15 % without the change, 99 % with it")
    assert place(page) == 87


BAD_LINKS = {
    "first=lstm&step=3&of=40&text=KING%3A%0AWho+": "should have 40 characters and has 10",
    "first=lstm&step=3&of=9": "should have 9 characters and has 0",
    "first=gpt&text=KING": "it names a network, “gpt”, that is not on this page",
    "step=9&text=KING": "its step, “9”, is not one of the 4 of its text",
    "step=-1": "its step, “-1”, is not one of the 114 of its text",
    "step=500": "its step, “500”, is not one of the 114 of its text",
    "text=KING%C3%A9S": "the LSTM does not know “é”, character 5 of its text",
    "text=KI%FFNG": "it holds no text that can be read",
    f"text={'a' * 4001}": "its text has 4,001 characters, and the lab keeps 4,000",
    "text=KING%3": "it was cut or changed on its way: its end is not whole",
}


def test_a_bad_link_is_one_sentence_and_the_text_of_the_page(page, base):
    """The first is opened; the others are pasted into the address bar, each after some text."""
    page.problems.clear()
    follow(page, base, next(iter(BAD_LINKS)))
    fault = page.locator(".lab-fault")
    for hash_, why in BAD_LINKS.items():
        if not page.url.endswith(hash_):
            page.locator("textarea").fill("KING")
            expect(page.locator("output")).to_have_text("4 of 4")
            page.evaluate("hash => { location.hash = hash; }", hash_)
        expect(fault).to_have_text(re.compile(re.escape(why)))
        assert_sentence(fault.inner_text())
        expect(page.locator(".lab-status")).to_contain_text(
            "LSTM, 256 units: mean surprise 1.02 nats"
        )
        assert text_of(page) == page.evaluate(OPENING)
        assert place(page) == FIRST_STEP
    assert page.problems == []


def test_what_a_link_cannot_hold_is_reported(page, base):
    open_lab(page, base)
    link, note = page.get_by_role("button", name="Copy a link to this"), page.locator(".lab-linked")
    page.locator("textarea").fill("?!\n" * 225)
    expect(page.locator("output")).to_contain_text("of 675")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    link.press("Enter")
    expect(note).to_contain_text("The browser does not let this page copy, but the link stands in")
    expect(note).to_contain_text(f"With {len(page.url):,} characters it is long")
    page.locator("textarea").press_sequentially("é")
    link.press("Enter")
    expect(note).to_contain_text("Mend the text first.")
    page.get_by_role("button", name="First text").press("Enter")
    page.locator("[type=file]").set_input_files(OWN)
    expect(page.locator(".lab-status")).to_contain_text(OWN.name)
    link.press("Enter")
    expect(note).to_contain_text(f"A link cannot hold {OWN.name}, which stays on this computer.")


# --- writing --------------------------------------------------------------------------------------


def test_writes_pauses_is_edited_and_continues_as_python_does(page, base, networks):
    open_lab(page, base, motion="no-preference")
    write, opening = page.locator("[name=write]"), text_of(page)
    in_python = write_in_python(networks["lstm"], opening, 300, temperature=0.8)
    page.get_by_label("pace").select_option("60")
    write.focus()
    for least in (8, 20):  # paused twice, it is one text
        page.keyboard.press("Enter")
        expect(write).to_have_text("Pause")
        expect(page.locator(".lab-said")).to_have_text("Writing.")
        page.wait_for_function(
            f"document.querySelector('textarea').value.length >= {len(opening) + least}"
        )
        page.keyboard.press("Enter")
        expect(write).to_have_text("Let it write")
        written = text_of(page)
        assert least <= len(written) - len(opening) < 300
        assert written == opening + in_python[: len(written) - len(opening)]
        expect(page.locator(".lab-said")).to_contain_text("It wrote “")
    assert place(page) == len(written)
    page.locator("textarea").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nKING:\n")
    edited = text_of(page)
    assert edited == f"{written}\nKING:\n"
    page.get_by_label("pace").select_option("8")
    write.press("Enter")
    page.wait_for_function(f"{WRITTEN} > {len(edited)}")
    page.locator("textarea").press("!")  # typing pauses it
    expect(write).to_have_text("Let it write")
    more = text_of(page).replace("!", "", 1)[len(edited) :]
    assert write_in_python(networks["lstm"], edited, 300, temperature=0.8).startswith(more)


def test_who_wants_no_motion_gets_the_text_at_once_by_the_same_settings(page, base, networks):
    open_lab(page, base)
    opening = text_of(page)
    for name, value in (("temperature", "1.2"), ("top-k", "5"), ("top-p", "0.9")):
        page.get_by_label(name).fill(value)
    page.locator("[name=write]").press("Enter")
    total = len(opening) + 300
    expect(page.locator("output")).to_have_text(f"{total} of {total}")
    wanted = write_in_python(networks["lstm"], opening, 300, temperature=1.2, top_k=5, top_p=0.9)
    assert text_of(page) == opening + wanted
    expect(page.locator(".lab-sorted")).to_contain_text("On the 300 characters since")
    page.get_by_label("top-k").fill("0")
    page.locator("[name=write]").press("Enter")
    expect(page.locator(".lab-fault")).to_have_text(
        "Top-k must be a whole number from 1 up, not 0."
    )
    page.get_by_label("temperature").fill("")
    page.locator("[name=write]").press("Enter")
    expect(page.locator(".lab-fault")).to_have_text(
        "Put a number into the box “temperature”: from 0 to 5."
    )
    assert text_of(page) == opening + wanted


# --- other networks -------------------------------------------------------------------------------


def choose(page, name, choice):
    """A choice in a list, by its first letter: of more, a slow machine may take two words."""
    page.locator(f"[name={name}]").focus()
    page.keyboard.type(choice)


def test_two_networks_read_the_same_text(page, base, networks):
    open_lab(page, base)
    choose(page, "second", "p")
    expect(page.locator(".lab-expected ol")).to_have_count(2)
    expect(page.locator(".lab-read")).to_have_count(2)
    params, config, vocab = networks["rnn"]
    model, ids = CharRNN(config), vocab.encode(text_of(page))
    model.set_params(params)
    logits, _ = model.forward(np.array([ids]), model.init_state(1))
    surprise = mean_surprise(logits[0], ids)
    status = page.locator(".lab-status")
    expect(status).to_contain_text(f"Plain RNN, {config.hidden_size} units: {surprise:.2f} nats.")
    expect(status).to_contain_text(re.compile(r"less surprised at \d+ of \d+ characters"))
    expect(page.locator(".lab-gates")).to_contain_text("Plain RNN: no gates.")
    expect(page.locator(".lab-now")).to_contain_text("The plain RNN expects")
    page.evaluate("""() => {
      globalThis.seen = [];
      const status = document.querySelector(".lab-status");
      const look = () => seen.push(status.textContent);
      new MutationObserver(look).observe(status, { childList: true, subtree: true });
    }""")
    page.wait_for_timeout(1100)  # for less, a list takes it as the end of a longer word
    choose(page, "second", "u")
    expect(status).to_contain_text(f"Untrained LSTM, {networks['lstm'][1].hidden_size} units")
    words = re.compile(r"The initial weights of the untrained network are being drawn\. (\d+) %")
    shares = [int(found[1]) for found in map(words.fullmatch, page.evaluate("seen")) if found]
    assert len(set(shares)) > 5  # it was free to draw something else as often
    assert shares == sorted(shares)
    page.wait_for_timeout(1100)
    choose(page, "second", "n")
    expect(page.locator(".lab-expected ol")).to_have_count(1)


def test_a_file_of_the_readers_own_is_read_and_a_bad_one_costs_nothing(page, base, tmp_path):
    page.on("filechooser", lambda chooser: None)  # listened to from now on, not from the key on
    open_lab(page, base)
    fault, status = page.locator(".lab-fault"), page.locator(".lab-status")
    chosen = page.locator("[type=file]")
    chosen.focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(OWN)
    hidden = weights_file.load(OWN)[1].hidden_size
    expect(status).to_contain_text(f"shakespeare_rnn.safetensors, {hidden} units: mean surprise")
    expect(page.locator("[name=first]")).to_have_value(OWN.name)
    before, text = status.inner_text(), text_of(page)
    bad = bytearray(OWN.read_bytes())
    bad[-1] ^= 1
    foreign = np.zeros(4, np.float32).tobytes()
    header = b'{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'
    files = {
        "damaged.safetensors": (bytes(bad), "was changed after it was written"),
        "short.safetensors": (bytes(bad[:-9]), "is not a complete safetensors file"),
        "foreign.safetensors": (
            len(header).to_bytes(8, "little") + header + foreign,
            "is a safetensors file, but not one of this book",
        ),
    }
    needed = ", and a weights file is needed here"
    files |= {
        "picture.png": (make_picture(), rf"is a picture \(PNG\){needed}"),
        "shakespeare.txt": (b"ROMEO:\nGood morrow.", f"is a text{needed}"),
        "model.pt": (b"PK\3\4" + bytes(99), f"is a zip archive, as .*{needed}"),
        "nothing": (b"", f"is empty{needed}"),
        "noise": (b"\xff\xfe\1" * 50, f"is a file of another kind{needed}"),
    }
    for name, (content, sentence) in files.items():
        (tmp_path / name).write_bytes(content)
        chosen.set_input_files(tmp_path / name)
        expect(fault).to_have_text(re.compile(f"^{re.escape(name)} {sentence}.*\\.$"))
        expect(fault.locator("p")).to_have_count(1)
        assert (status.inner_text(), text_of(page)) == (before, text)
    drop(page, "dropped.safetensors", OWN.read_bytes())
    expect(fault).to_be_empty()
    expect(status).to_contain_text(f"dropped.safetensors, {hidden} units")
    other = ROOT / "weights" / "looking_gru.safetensors"
    drop(page, "dropped.safetensors", other.read_bytes())  # written anew in the meantime
    expect(status).to_contain_text(
        f"dropped.safetensors, {weights_file.load(other)[1].hidden_size} units"
    )
    check_no_trouble(page, base)


def make_picture():
    file = io.BytesIO()
    Image.new("RGB", (9, 9)).save(file, "png")
    return file.getvalue()


def drop(page, name, content):
    page.evaluate(
        """([name, letters]) => {
          const bytes = Uint8Array.from(atob(letters), (c) => c.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], name));
          const event = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
          document.querySelector("textarea").dispatchEvent(event);
        }""",
        [name, base64.b64encode(content).decode()],
    )


# --- what the page proposes -----------------------------------------------------------------------


TO_TRY = {
    "Set up the long line": (".lab-now", "a line break with 60 %"),
    "Set up the untrained LSTM": (".lab-status", "4.18 nats"),
    "Set up the wrong name": (".lab-now", "5.24 nats"),
    "Set up the slip": (".lab-now", "9.68 nats"),
    "Write at 0": ("output", "414 of 414"),
    "Set c12 to −3": (".lab-effect", "15 % without the change, 99 % with it"),
    "Wipe the memory": (".lab-effect", "2.12 nats; without the change it is 1.02 nats"),
}


def test_a_thing_to_try_is_set_up_and_shows_what_its_answer_says(page, base):
    """One after the other, as a reader tries them: none needs the page as it was opened."""
    open_lab(page, base, viewport=PHONE)
    answers = " ".join(page.locator(".lab-answer").all_inner_texts())
    for button, (part, words) in TO_TRY.items():
        page.get_by_role("button", name=button, exact=True).press("Enter")
        expect(page.locator(part)).to_contain_text(words)
        frame, strip = (page.locator(c).bounding_box() for c in (".lab-chosen", ".lab-strip"))
        assert strip["x"] < frame["x"] < strip["x"] + strip["width"], button
        for number in re.findall(r"\d+\.\d+|\d+(?= %)", words):
            assert number in answers, button


def test_across_a_long_gap_the_lstm_remembers_and_the_plain_network_does_not(page, base):
    """The chances shown are NumPy's, and the text of the page is no exception among 500."""
    open_lab(page, base)
    said = page.locator("#a-long-gap .lab-answer").first.inner_text()
    for length, plain in ((30, (0.7, 0.95)), (100, (0.7, 0.95)), (200, (0, 0.6))):
        page.get_by_role("button", name=f"{length} letters").press("Enter")
        expect(page.locator("output")).to_have_text(f"{length} of {length}")
        expect(page.locator(".lab-expected ol")).to_have_count(2)
        for side, (cell, (least, most)) in enumerate({"lstm": (0.95, 1), "rnn": plain}.items()):
            model, vocab = load(ROOT / "weights" / f"order_{length}_{cell}.safetensors", "numpy")
            texts, answers = TemporalOrder(length).draw(500, seed=10**6)
            texts[0], answers[0] = vocab.encode(text_of(page)), vocab.encode("R")
            logits, _ = model.forward(texts, model.init_state(500))
            chances = np.take_along_axis(softmax(logits[:, -1].astype(float)), answers, axis=-1)
            row = page.locator(".lab-expected ol").nth(side).locator("li:has(b:text-is('R'))")
            shown = row.locator(".lab-bar").evaluate("b => +b.style.getPropertyValue('--share')")
            assert shown == pytest.approx(chances[0, 0], abs=1e-5)
            assert least < chances[0, 0] < most
            assert least < chances.mean() < most
            assert in_percent(shown) in said
            assert length < 200 or in_percent(chances.mean()) in said


def test_a_screen_reader_is_told_once_that_it_writes(page, base):
    open_lab(page, base, motion="no-preference")
    page.evaluate("""() => {
      globalThis.announced = [];
      const region = document.querySelector(".lab-said");
      const record = () => announced.push(region.textContent);
      new MutationObserver(record).observe(region, { childList: true });
    }""")
    page.locator("[name=write]").press("Enter")
    page.wait_for_function(f"{WRITTEN} > 150")
    assert page.evaluate("announced") == ["Writing."]
    live = "[role=status], [aria-live]:not([aria-live=off])"
    assert page.locator(".lab").locator(live).count() == 1
    page.locator("[name=write]").press("Enter")
    page.wait_for_function("announced.length === 2")
    page.evaluate("""() => {
      document.querySelector(".lab-table").replaceChildren();
      document.querySelector(".lab-numbers").open = false;
    }""")
    page.locator(".lab-numbers summary").press("Enter")  # which shows the same step once more
    page.wait_for_function("document.querySelector('.lab-table').children.length")
    assert len(page.evaluate("announced")) == 2


# --- everywhere -----------------------------------------------------------------------------------


def test_the_lab_works_from_a_folder_and_asks_for_nothing_outside(browser):
    page = open_page(browser)
    open_lab(page, f"{SITE.as_uri()}/")
    choose(page, "second", "G")
    expect(page.locator(".lab-expected ol")).to_have_count(2)
    check_no_trouble(page, "file://")
    page.context.close()


def test_the_lab_is_accessible(page, base):
    open_lab(page, base)
    choose(page, "second", "p")
    expect(page.locator(".lab-read")).to_have_count(2)
    page.locator("textarea").press_sequentially("é")
    check_accessible(page)
    show_theme(page, "dark")
    check_colors(page)


def test_a_phone_shows_text_strip_and_prediction_at_once(page, base):
    page.set_viewport_size(PHONE)
    page.goto(base + LAB)  # with its folds as they are
    page.wait_for_selector(READY)
    expect(page.locator(".lab-now")).to_contain_text("the network expects")
    for part in ("textarea", "[name=write]", ".lab-strip", ".lab-now"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= PHONE["height"], part


@pytest.mark.parametrize("widths", [[390], [1366, 1920]], ids=["phone", "laptop"])
def test_the_heads_of_rows_can_be_read(page, base, widths):
    open_lab(page, base, viewport={"width": widths[0], "height": 900})
    long = "a_network_with_a_long_name_of_its_own.safetensors"
    drop(page, long, OWN.read_bytes())
    expect(page.locator(".lab-status")).to_contain_text(long)
    own = f"{long}: hidden state h"
    for second, heads in (("", ["hidden state h"]), ("large", [own, "large LSTM: hidden state h"])):
        page.locator("[name=second]").select_option(second)
        expect(page.locator(".lab-read")).to_have_count(1 + bool(second))
        expect(page.locator(".lab-names .head")).to_contain_text(heads)
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(SETTLED)
            check_heads(page, width)


def check_heads(page, width):
    """The heads of the rows are whole and in sight, and leave the strip its room."""
    heads = page.locator(".lab-names .head")
    for index in range(heads.count()):
        assert heads.nth(index).bounding_box()["x"] >= 0
    cut = page.locator(".lab-names span").evaluate_all(
        """all => all.filter((name) => {
            const { left, right } = name.getBoundingClientRect();
            const sheet = name.parentElement.getBoundingClientRect();
            return name.scrollWidth > name.clientWidth + 1 || left < sheet.left - 1
              || (name.className !== "head" && right > sheet.right);
        }).map(({ textContent }) => textContent)"""
    )
    assert cut == []
    sight = page.locator(".lab-window").evaluate("window => window.offsetWidth")
    assert sight > 0.55 * min(width, 1000) - 30


FIREFOX_USES = """<script>
addEventListener("load", async () => {
  const find = (selector) => document.querySelector(selector), text = find("textarea");
  const until = async (isSo) => {
    while (!isSo()) await new Promise((go_on) => setTimeout(go_on, 20));
  };
  const ready = () => until(() => find('[data-lab][data-state="ready"]'));
  const say = (answers) =>
    fetch("ADDRESS", { method: "POST", mode: "no-cors", body: JSON.stringify(answers) });
  addEventListener("error", ({ message }) => say({ error: message }));
  await ready();
  text.value = "KING:\\nWho";
  text.dispatchEvent(new Event("input"));
  await until(() => find(".lab-now").textContent.includes("Who”"));
  find("[name=pace]").value = "60";
  find("[name=write]").click();
  await until(() => text.value.length >= 30);
  if (find("[name=write]").textContent === "Pause") find("[name=write]").click();
  find("[name=second]").value = "untrained";
  find("[name=second]").dispatchEvent(new Event("change"));
  await until(() => find(".lab-status").textContent.includes("Untrained LSTM"));
  const { width, height } = find("canvas"), pixels = find("canvas").getContext("2d");
  const isDrawn = pixels.getImageData(0, 0, width, height).data.some((value) => value);
  say([text.value, find(".lab-status").textContent, isDrawn]);
});
</script>"""


@pytest.mark.skipif(not FIREFOX, reason="there is no Firefox")
def test_firefox_reads_writes_and_compares_from_a_folder(tmp_path, networks):
    (tmp_path / "_static").symlink_to(SITE / "_static", target_is_directory=True)
    (tmp_path / "chapters").mkdir()
    html = (SITE / LAB).read_text(encoding="utf-8")
    fill = lambda address: html + FIREFOX_USES.replace("ADDRESS", address)  # noqa: E731
    text, status, is_drawn = open_firefox(tmp_path / LAB, fill)
    written = text.removeprefix("KING:\nWho")
    assert len(text) >= 30
    assert write_in_python(networks["lstm"], "KING:\nWho", 300, temperature=0.8).startswith(written)
    surprise = mean_surprise(read(networks["lstm"], text)[1], networks["lstm"][2].encode(text))
    assert status.startswith(f"LSTM, 256 units: mean surprise {surprise:.2f} nats")
    assert is_drawn


def test_on_a_phone_only_the_strip_scrolls_sideways_and_nothing_lies_on_it(page, base):
    open_lab(page, base, viewport={"width": 320, "height": 800})
    check_phone(page, 320)
    page.set_viewport_size(PHONE)
    check_phone(page, PHONE["width"])
    pill = page.locator("#pst-back-to-top")  # the theme shows it to whoever goes up
    for part, is_over in ((".lab-now", False), (".lab-answer", True)):
        page.locator(part).first.scroll_into_view_if_needed()
        for step in (600, -200):
            page.evaluate(f"scrollBy(0, {step})")
            page.wait_for_timeout(200)
        expect(pill).to_be_visible(visible=is_over)
        expect(page.locator(part).first).to_be_visible()


def check_phone(page, width):
    """The page is as wide as the screen, the chosen column in sight, all large enough to touch."""
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".lab-strip").evaluate("strip => strip.scrollWidth > 2 * strip.clientWidth")
    chosen, strip = (page.locator(c).bounding_box() for c in (".lab-chosen", ".lab-strip"))
    assert strip["x"] < chosen["x"] < strip["x"] + strip["width"]
    small = page.locator(".lab :is(button, select, input, textarea, summary)").evaluate_all(
        "all => all.filter(({ offsetWidth: w, offsetHeight: h }) => w < 24 || h < 24).map(String)"
    )
    assert small == []


def test_without_javascript_a_reading_stands_still(scriptless, base):
    for viewport in (LAPTOP, PHONE):
        scriptless.set_viewport_size(viewport)
        scriptless.goto(base + LAB)
        expect(scriptless.locator(".lab-still image").first).to_be_visible()
        expect(scriptless.locator(".lab-still")).to_contain_text("The lab needs JavaScript")
        expect(scriptless.locator(".lab textarea")).to_be_hidden()


def test_only_this_page_pays_for_the_lab():
    for part in ("lab.css", "page.js"):
        assert [name for name in PAGES if f"_static/lab/{part}" in read_page(name)] == [LAB]


def test_the_page_loads_every_script_of_the_lab():
    loaded = re.findall(r"_static/lab/(\w+\.js)", read_page(LAB))
    assert sorted(loaded) == sorted(path.name for path in ROOT.glob("website/lab/*.js"))
