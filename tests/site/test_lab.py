"""The lab in use, by keyboard: its numbers are NumPy's, and its text is what Python would write."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from rnnlib.models import weights_file
from rnnlib.models.rnn.numpy_model import CharRNN
from rnnlib.writing.sampling import Sampler, generate
from tests.notebooks import ROOT
from tests.site.test_accessible import check_accessible, check_colors
from tests.site.visits import LAPTOP, PHONE, SITE, check_quiet, open_page, visit

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


def read(network, text):
    """What an LSTM keeps and how far its gates open, {name: (T, H)}; and its logits (T, V)."""
    params, _, vocab = network
    sigmoid = lambda a: 1 / (1 + np.exp(-a))  # noqa: E731
    h = c = np.zeros(len(params["W_hh"]))
    kept, logits = [], []
    for char_id in vocab.encode(text):
        a = params["embed"][char_id] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"]
        i, f, g, o = np.split(a.astype(np.float64), 4)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        c = f * c + i * g
        h = o * np.tanh(c)
        kept.append([h, c, i, f, g, o])
        logits.append(h @ params["W_hy"] + params["b_y"])
    return dict(zip("hcifgo", np.swapaxes(kept, 0, 1), strict=True)), np.array(logits)


def mean_surprise(logits, ids):
    """In nats, of all characters but the first."""
    logits = logits - logits.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -logs[np.arange(len(ids) - 1), ids[1:]].mean()


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


def test_the_numbers_of_a_step_are_numpys(page, base, networks):
    open_lab(page, base)
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
        rows = page.locator(".lab-table tbody tr").all_inner_texts()
        numbers = np.array([row.split() for row in rows], float)
        assert len(rows) == 24
        for name, column in zip(heads, numbers.T[1:], strict=True):
            wanted = kept[name][at][numbers[:, 0].astype(int)]
            np.testing.assert_allclose(column, wanted, atol=1e-4, err_msg=name)
        chances = np.exp(logits[at] - logits[at].max())
        best = np.sort(chances / chances.sum())[::-1][:5]
        shown = page.locator(".lab-expected li .lab-bar").evaluate_all(
            "bars => bars.slice(0, 5).map(b => Number(b.style.getPropertyValue('--share')))"
        )
        np.testing.assert_allclose(shown, best, atol=1e-5)


def test_the_heat_map_shows_what_the_network_keeps(page, base, networks):
    open_lab(page, base)
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


def test_keys_step_and_say_where_they_are(page, base):
    open_lab(page, base)
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
    expect(now).to_have_attribute("aria-live", "polite")
    expect(now).to_contain_text(
        re.compile(r"^After “ROMEO:↵Good”, the network expects .+ with [\d.]+ %")
    )
    expect(now).to_contain_text(re.compile(r"Surprise of the last character: [\d.]+ nats\.$"))
    page.get_by_label("surprise in").select_option("bits")
    expect(now).to_contain_text("bits")
    for name, wanted in (("One character on", 12), ("One character back", 11)):
        page.get_by_role("button", name=name).press("Enter")
        expect(page.locator("output")).to_have_text(re.compile(f"^{wanted} of "))


def test_shades_say_how_much_each_character_mattered(page, base):
    open_lab(page, base)
    at = place(page) - 1
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


def test_typed_text_is_read_and_an_unknown_character_is_named(page, base):
    open_lab(page, base)
    box, fault = page.locator("textarea"), page.locator(".lab-fault")
    opening = text_of(page)
    box.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("Who")
    total = len(opening) + 3
    expect(page.locator("output")).to_have_text(f"{total} of {total}")
    expect(page.locator(".lab-now")).to_contain_text("war.↵Who”")
    page.keyboard.type("é")
    expect(fault).to_contain_text(f"The text holds 'é' at position {total}, which is not among the")
    expect(page.locator("output")).to_have_text(f"{total} of {total}")  # as read before
    assert text_of(page) == f"{opening}Whoé"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(fault).to_be_empty()
    assert text_of(page) == f"{opening}Who"
    page.get_by_role("button", name="First text").press("Enter")
    assert text_of(page) == opening


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
        expect(page.locator(".lab-now")).to_have_attribute("aria-live", "off")
        page.wait_for_function(
            f"document.querySelector('textarea').value.length >= {len(opening) + least}"
        )
        page.keyboard.press("Enter")
        expect(write).to_have_text("Let it write")
        written = text_of(page)
        assert least <= len(written) - len(opening) < 300
        assert written == opening + in_python[: len(written) - len(opening)]
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
        "top-k must be a whole number from 1 up, not 0."
    )
    assert text_of(page) == opening + wanted


# --- other networks -------------------------------------------------------------------------------


def choose(page, name, choice):
    """A choice in a list, by its first letters."""
    page.locator(f"[name={name}]").focus()
    page.keyboard.type(choice)


def test_two_networks_read_the_same_text(page, base, networks):
    open_lab(page, base)
    choose(page, "second", "plain")
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
    page.wait_for_timeout(1100)  # for less, a list takes it as the end of a longer word
    choose(page, "second", "untr")
    expect(status).to_contain_text("Untrained LSTM")
    page.wait_for_timeout(1100)
    choose(page, "second", "noth")
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
    expect(status).to_contain_text(f"Shakespeare_rnn.safetensors, {hidden} units: mean surprise")
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
    for name, (content, sentence) in files.items():
        (tmp_path / name).write_bytes(content)
        chosen.set_input_files(tmp_path / name)
        expect(fault).to_have_text(re.compile(f"^{re.escape(name)} {sentence}.*\\.$"))
        expect(fault.locator("p")).to_have_count(1)
        assert (status.inner_text(), text_of(page)) == (before, text)
    drop(page, "dropped.safetensors", OWN.read_bytes())
    expect(fault).to_be_empty()
    expect(status).to_contain_text("Dropped.safetensors")
    check_quiet(page, base)


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


# --- everywhere -----------------------------------------------------------------------------------


def test_the_lab_works_from_a_folder_and_asks_for_nothing_outside(browser):
    page = open_page(browser)
    open_lab(page, f"{SITE.as_uri()}/")
    choose(page, "second", "GRU")
    expect(page.locator(".lab-expected ol")).to_have_count(2)
    check_quiet(page, "file://")
    page.context.close()


def test_the_lab_is_accessible(page, base):
    open_lab(page, base)
    choose(page, "second", "plain")
    expect(page.locator(".lab-read")).to_have_count(2)
    page.locator("textarea").press_sequentially("é")
    check_accessible(page)
    open_lab(page, base)
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    check_colors(page)


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_only_the_strip_scrolls_sideways(page, base, width):
    open_lab(page, base, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".lab-strip").evaluate("strip => strip.scrollWidth > 2 * strip.clientWidth")
    chosen, strip = (page.locator(c).bounding_box() for c in (".lab-chosen", ".lab-strip"))
    assert strip["x"] < chosen["x"] < strip["x"] + strip["width"]
    small = page.locator(".lab :is(button, select, input, textarea, summary)").evaluate_all(
        "all => all.filter(({ offsetWidth: w, offsetHeight: h }) => w < 24 || h < 24).map(String)"
    )
    assert small == []


def test_without_javascript_a_reading_stands_still(browser, base):
    page = open_page(browser, java_script_enabled=False)
    for viewport in (LAPTOP, PHONE):
        page.set_viewport_size(viewport)
        page.goto(base + LAB)
        expect(page.locator(".lab-still image").first).to_be_visible()
        expect(page.locator(".lab-still")).to_contain_text("The lab needs JavaScript")
        expect(page.locator(".lab textarea")).to_be_hidden()
    page.context.close()


def test_only_this_page_pays_for_the_lab(base, page):
    visit(page, base)
    assert not any("lab.css" in url or "page.js" in url for url in page.requests)
