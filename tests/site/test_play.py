"""The pieces to play with, in a real browser: the numbers are Python's, at the start and later.

What Python says here is reached another way than the page: PyTorch steps the networks, autograd
finds the influence, and `rnnlib.writing` filters the logits.
"""

import json
import re
from functools import cache

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from rnnlib import models, probing, tasks
from rnnlib.data import load_corpus
from rnnlib.functional import log_softmax, softmax
from rnnlib.models import weights_file
from rnnlib.models.parts import initialise
from rnnlib.text import split_text
from rnnlib.writing import Sampler, generate
from tests.notebooks import NOTEBOOKS, ROOT, read
from tests.site.axe import check_accessible, check_colors, show_theme
from tests.site.visits import PAGES, SITE, check_no_trouble, visit
from tests.site.visits import read as read_page
from website.extensions.lab_engine import WRITERS, find_weights

WEIGHTS = ROOT / "weights"
PIECES = {
    "pangram": "index.html",
    "writer": "chapters/ten_minutes.html",
    "cell": "chapters/04_hidden_state.html",
    "influence": "chapters/07_watch_gradients_fade.html",
    "gates": "chapters/08_remember_longer_with_gates.html",
    "temperature": "chapters/11_write_new_text.html",
}
DRAWING = ".play-bars, table, .play-text, .play-grid, .play-written"


def show(char):
    return {" ": "␣", "\n": "⏎"}.get(char, char)


def in_eight_bits(name, folder):
    """A model as the page has it: the parameters, the config and the vocabulary."""
    path = find_weights(ROOT, name)
    weights_file.save(folder / path.name, *weights_file.load(path), bits=8)
    return weights_file.load(folder / path.name)[:3]


@pytest.fixture
def piece(page, request):
    """The piece that a test names: it stands still until the keyboard starts it, and is then as it
    was. After the test it has asked for nothing outside, and its looks are checked.

    It is opened from the folder, which may fetch less than a server's page.
    """
    visit(page, (SITE / PIECES[request.param]).as_uri())
    piece = page.locator("[data-play]")
    loaded = [url for url in page.requests if "/lab/" in url]
    assert [url.partition("?")[0].rpartition("/")[2] for url in loaded] == ["play.css", "start.js"]
    assert not piece.locator(".play-off").is_visible()
    page.emulate_media(media="print")
    check_still(piece)
    page.emulate_media(media="screen")
    before = piece.locator(DRAWING).all_inner_texts(), piece.locator(".play-said").inner_text()
    height = piece.bounding_box()["height"]
    start(page)
    page.wait_for_timeout(400)  # it speaks after a silence of 300
    expect_sentence(piece, before[1])
    assert piece.locator(DRAWING).all_inner_texts() == before[0]
    assert piece.bounding_box()["height"] == height
    assert any("/lab/engine.js" in url or "/lab/sampling.js" in url for url in page.requests)
    yield piece
    check_no_trouble(page, "file:")
    check_looks(page, piece)


def of(name):
    """A test of the piece of this name."""
    return pytest.mark.parametrize("piece", [name], indirect=True)


def start(page):
    piece = page.locator("[data-play]")
    piece.locator("input, textarea").first.focus()
    expect(piece).to_have_attribute("data-awake", "")
    return piece


def slide(piece, label, key, times=1):
    """Move a slider by the keyboard."""
    slider = piece.get_by_role("slider", name=label)
    slider.focus()
    for _ in range(times):
        slider.press(key)


def type_text(piece, label, text):
    """Type a text over what the field holds."""
    field = piece.get_by_label(label)
    field.press("Control+a")
    field.press("Delete")
    field.press_sequentially(text)


def expect_sentence(piece, sentence):
    expect(piece.locator(".play-said")).to_have_text(sentence)


def bars(piece):
    """What the bars say: characters and numbers; each bar is as long as its number."""
    rows = piece.locator(".play-bars li")
    found = []
    read_row = (
        "rows => rows.map(r => [...r.children].map(c => c.innerText).concat(r.style.cssText))"
    )
    for char, _, number, style in rows.evaluate_all(read_row):
        share = 0 if number == "cut" else float(number.removesuffix(" %")) / 100
        length = float(re.search(r"--share: ([\d.e-]+)", style)[1])
        assert length == pytest.approx(share, abs=6e-4)
        found.append((char, number))
    return found


# The next character


def five(model, vocab, text):
    """The five likeliest characters after a text, as the bars have them."""
    logits, _ = model.forward(vocab.encode(text)[None], model.init_state(1))
    shares = softmax(logits[0, -1].astype(np.float64))
    best = np.argsort(-shares, kind="stable")[:5]
    return [(show(vocab.chars[i]), f"{100 * shares[i]:.1f} %") for i in best]


def check_next(piece, model, vocab, start, typed):
    assert bars(piece) == five(model, vocab, start)
    type_text(piece, "Text", typed)
    expect(piece.locator(".play-bars b").first).to_have_text(five(model, vocab, typed)[0][0])
    assert bars(piece) == five(model, vocab, typed)
    piece.get_by_role("button").press("Enter")
    first = five(model, vocab, typed)[0][0].replace("␣", " ")
    expect(piece.get_by_label("Text")).to_have_value(typed + first)
    assert bars(piece) == five(model, vocab, typed + first)


@of("pangram")
def test_the_next_character_of_the_pangram(piece):
    model, vocab = models.load(ROOT / "weights" / "pangram.safetensors", "torch")
    check_next(piece, model, vocab, "The qui", "The lazy fo")
    type_text(piece, "Text", "dogZé")
    assert bars(piece) == five(model, vocab, "dog")
    (a, p), (b, q) = five(model, vocab, "dog")[:2]
    expect_sentence(
        piece,
        f"Most likely next: ‘{a}’ with {p}, then ‘{b}’ with {q}. "
        "It has never met ‘Z’, ‘é’, and these are left out.",
    )
    type_text(piece, "Text", "")
    expect_sentence(piece, "Type a character that the network knows.")


# A network that writes


def write_in_python(name, prompt, folder, temperature=0.7, seed=0):
    """What follows the prompt, as the page should write it."""
    params, config, vocab = in_eight_bits(name, folder)
    model = models.build(config, "numpy")
    model.set_params(params)
    return generate(model, vocab, prompt, 300, Sampler(temperature), rng=seed)


def expect_written(piece, temperature, seed, warning=""):
    settings = f"at a temperature of {temperature} and with seed {seed}."
    expect_sentence(piece, f"It has written 300 characters, {settings}{warning}")


@of("writer")
def test_a_network_writes(piece, tmp_path):
    """At once, for the tests want no motion."""
    start = "ROMEO:\n"
    first = write_in_python("writer_shakespeare", start, tmp_path)
    assert piece.locator(".play-written").inner_text() == start + first
    piece.get_by_role("button", name="Write").press("Enter")
    expect_written(piece, "0.7", 0)
    assert piece.locator(".play-written").inner_text() == start + first
    slide(piece, "Temperature", "ArrowRight", 3)
    expect_sentence(piece, "Press Write, and it begins anew.")
    piece.get_by_role("button", name="Another seed").press("Enter")
    expect_written(piece, "1.0", 1)
    again = write_in_python("writer_shakespeare", start, tmp_path, 1.0, 1)
    assert piece.locator(".play-written").inner_text() == start + again


@pytest.mark.parametrize("name", list(WRITERS))
def test_each_of_the_five_networks_writes(page, base, tmp_path, name):
    visit(page, base + PIECES["writer"])
    piece = start(page)
    asked = [url for url in page.requests if "/models/" in url]
    assert len(asked) == 1, "only the network that is asked for is loaded"
    piece.get_by_label("It has read").select_option(name)
    begins = piece.get_by_label("It begins with").input_value()
    if name == "writer_shakespeare":
        piece.get_by_role("button", name="Write").press("Enter")
    expect_written(piece, "0.7", 0)
    text = begins + write_in_python(name, begins, tmp_path)
    assert piece.locator(".play-written").inner_text() == text
    if name != "writer_shakespeare":
        assert len([url for url in page.requests if "/models/" in url]) == 2
    piece.get_by_role("link", name="Look inside").click()
    page.wait_for_selector("[data-lab][data-state=ready]")
    assert page.locator(".lab textarea").input_value() == text
    expect(page.locator("[name=first]")).to_have_value(name)
    check_no_trouble(page, base)


def test_it_streams_can_be_stopped_and_says_what_it_does_not_know(page, base):
    visit(page, base + PIECES["writer"], motion="no-preference")
    piece = page.locator("[data-play]")
    piece.get_by_role("button", name="Write").click()  # the press that wakes it is not lost
    expect(piece.get_by_role("button", name="Stop")).to_be_visible()
    expect(piece.locator(".play-said")).to_have_text("Writing.")
    piece.get_by_role("button", name="Stop").click()
    written = piece.locator(".play-written span").inner_text()
    assert len(written) < 300
    page.wait_for_timeout(200)
    assert piece.locator(".play-written span").inner_text() == written
    page.emulate_media(reduced_motion="reduce")
    type_text(piece, "It begins with", "é{ROMEO")
    piece.get_by_role("button", name="Write").click()
    expect_written(piece, "0.7", 0, " It has never met ‘é’, ‘{’, and these are left out.")
    type_text(piece, "It begins with", "é")
    piece.get_by_role("button", name="Write").click()
    expect_sentence(
        piece,
        "Type a character that the network knows. It has never met ‘é’, and this is left out.",
    )
    check_no_trouble(page, base)


# The temperature


@cache
def logits_of_chapter_11():
    """After the scene, and one word more, in 64 bits as the chapter has them."""
    params, config, vocab, _ = weights_file.load(WEIGHTS / "shakespeare_lstm.safetensors")
    model = models.build(config, "torch")
    model.set_params(params)
    _, held_out = split_text(load_corpus("shakespeare"))
    end = held_out.index("A bridegroom say you?")
    text = held_out[end - 300 : end] + "I "
    logits, _ = model.forward(vocab.encode(text)[None], model.init_state(1))
    return logits[0, -1].astype(np.float64), vocab


def check_temperature(piece, tau="1.0", **filters):
    logits, vocab = logits_of_chapter_11()
    kept = Sampler(float(tau), **filters).filter(logits)
    shares, log_shares = softmax(kept), log_softmax(kept)
    drawn = shares > 0
    choices = np.exp(-(shares[drawn] * log_shares[drawn]).sum())
    expect_sentence(
        piece,
        f"At a temperature of {tau} the network draws as if among {choices:.1f} characters. Of 65 "
        f"it can draw {drawn.sum()}, and the likeliest has {100 * shares.max():.1f} %.",
    )
    best = np.argsort(-logits, kind="stable")[:14]
    numbers = [f"{100 * shares[i]:.1f} %" if drawn[i] else "cut" for i in best]
    assert bars(piece) == [(vocab.chars[i], n) for i, n in zip(best, numbers, strict=True)]
    return f"{choices:.1f}"


@of("temperature")
def test_the_temperature_of_chapter_11(piece):
    """The chapter's own numbers at 1, 0.5 and 2, and what the filters leave."""
    cells = read(ROOT / "chapters" / "11_write_new_text.ipynb").cells
    (cell,) = [cell for cell in cells if cell.id == "c011"]
    table = "".join(o.get("data", {}).get("text/plain", "") for o in cell.outputs)
    printed = dict(re.findall(r"^([\d.]+)\s+([\d.]+)$", table, re.MULTILINE))
    assert check_temperature(piece) == printed["1"]
    slide(piece, "Temperature", "ArrowLeft", 5)
    assert check_temperature(piece, "0.5") == printed["0.5"]
    slide(piece, "Temperature", "End")
    assert check_temperature(piece, "2.0") == printed["2"]
    slide(piece, "Top-k", "Home")
    slide(piece, "Top-k", "ArrowRight", 4)
    check_temperature(piece, "2.0", top_k=5)
    slide(piece, "Top-k", "End")
    slide(piece, "Top-p", "ArrowLeft", 2)
    slide(piece, "Temperature", "Home")
    slide(piece, "Temperature", "ArrowRight", 9)
    check_temperature(piece, "1.0", top_p=0.9)
    assert piece.get_by_label("Top-p").get_attribute("aria-valuetext") == "0.90"


# The gates


def check_gates(piece, text, step, unit):
    model, vocab = models.load(WEIGHTS / "knights_lstm.safetensors", "torch")
    ids = vocab.encode(text)[None]
    values = [probing.gates(model, ids)[letter][0, :, unit - 1] for letter in "fio"]
    state, cells = model.init_state(1), []
    for t in range(len(text)):
        _, state = model.forward(ids[:, t : t + 1], state)
        cells.append(np.asarray(state)[0, 0, model.config.hidden_size + unit - 1])
    f, i, c = values[0][step - 1], values[1][step - 1], cells[step - 1]
    expect_sentence(
        piece,
        f"Step {step} of {len(text)} reads ‘{text[step - 1]}’. In unit {unit} the forget gate "
        f"stands at {f:.2f} and the input gate at {i:.2f}, and then {c:.2f} is in the cell.",
    )
    drawn = piece.locator(".play-grid i").evaluate_all(
        "cells => cells.map(c => [c.className, Number(c.style.getPropertyValue('--share'))])"
    )
    wanted = np.concatenate([*values, np.array(cells)])
    shares = [share for _, share in drawn]
    np.testing.assert_allclose(shares, np.minimum(np.abs(wanted), 1), atol=0.006)
    kinds = ["gate"] * 3 * len(text) + ["minus" if c < 0 else "plus" for c in cells]
    assert [kind for kind, _ in drawn] == kinds
    assert piece.locator(".play-grid .char").all_inner_texts() == list(text)
    assert piece.locator(".play-grid .now").all_inner_texts() == [text[step - 1]]


@of("gates")
def test_the_gates_on_the_island(piece):
    start = "KrRsSsRrR.NsRrSrSsR."
    check_gates(piece, start, 2, 19)
    slide(piece, "Character", "ArrowRight", 9)
    check_gates(piece, start, 11, 19)
    slide(piece, "Unit", "ArrowLeft")
    check_gates(piece, start, 11, 18)
    type_text(piece, "Text", "NrSsR")
    check_gates(piece, "NrSsR", 5, 18)


def test_unit_19_holds_the_visitor():
    """What the piece says of it, in six hundred visits."""
    model, vocab = models.load(WEIGHTS / "knights_lstm.safetensors", "numpy")
    visits = tasks.knights_and_knaves().draw_strings(600, seed=7)
    state, held = model.init_state(1), {"K": [], "N": []}
    for visit_ in ["Kr.", *visits]:
        for char in visit_:
            _, state = model.forward(vocab.encode(char)[None], state)
            if char != ".":
                held[visit_[0]].append(state[0, 0, 32 + 18])
    assert len(held["K"]) > 3000
    assert len(held["N"]) > 3000
    np.testing.assert_allclose(held["K"][2:], 1, atol=0.1)
    np.testing.assert_allclose(held["N"], -1, atol=0.1)


# The influence


def norms_by_autograd(params, ids):
    """The norm of dL/d(embedding) at each character but the last, in PyTorch."""
    weights = {name: torch.tensor(value, dtype=torch.float64) for name, value in params.items()}
    xs, h = weights["embed"][ids[:-1]].requires_grad_(), torch.zeros(len(weights["W_hh"])).double()
    for x in xs:
        h = torch.tanh(x @ weights["W_xh"] + h @ weights["W_hh"] + weights["b_h"])
    logits = h @ weights["W_hy"] + weights["b_y"]
    torch.nn.functional.cross_entropy(logits[None], torch.tensor(ids[-1:])).backward()
    return xs.grad.norm(dim=1).numpy()


def check_influence(piece, both, vocab, text):
    ids = vocab.encode(text)
    norms = [norms_by_autograd(params, ids) for params in both]
    before, after = (f"{100 * n[:-10].sum() / n.sum():.1f} %" for n in norms)
    expect_sentence(
        piece,
        f"More than ten characters back lies {before} of the influence before training, "
        f"and {after} after it.",
    )
    for row, wanted in zip(piece.locator(".play-text").all(), norms, strict=True):
        spans = row.locator("span")
        assert spans.all_inner_texts() == [*map(show, text)]
        read_share = "s => s.slice(0, -1).map(e => Number(e.style.getPropertyValue('--share')))"
        found = spans.evaluate_all(read_share)
        np.testing.assert_allclose(found, wanted / wanted.max(), atol=6e-4)


@of("influence")
def test_the_influence_before_and_after_training(piece, tmp_path):
    params, config, vocab = in_eight_bits("rnn", tmp_path)
    both = [initialise(config, 0), params]
    start = "ROMEO:\nWhat is the matter, that you look so pale and sad?"
    check_influence(piece, both, vocab, start)
    type_text(piece, "Text", "My lord, I have no more to say to thee")
    check_influence(piece, both, vocab, "My lord, I have no more to say to thee")


# The cell


def states_by_hand(word, W_xh, W_hh, b_h):
    """The states (T, 2) in PyTorch's own cell."""
    layer = torch.nn.RNN(3, 2, dtype=torch.float64)
    given = np.transpose(W_xh), np.transpose(W_hh), b_h, np.zeros(2)
    with torch.no_grad():
        for parameter, value in zip(layer.parameters(), given, strict=True):
            parameter.copy_(torch.tensor(value))
        states, _ = layer(torch.eye(3).double()[["dgo".index(letter) for letter in word]])
    return states.numpy()


def check_cell(piece, word, W_xh, W_hh, b_h):
    states = states_by_hand(word, W_xh, W_hh, b_h)
    texts = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    lines = piece.locator("tr").evaluate_all(texts)
    assert lines[0] == ["read", *word]
    last = [[float(n) for n in cell.split("\n")] for cell in lines[-1][1:]]
    np.testing.assert_allclose(last, states, atol=5.1e-5)
    sums = [[float(n) for n in cell.split("\n")] for cell in lines[4][1:]]
    np.testing.assert_allclose(sums, np.arctanh(states), atol=6e-5)
    x, slate, constant = (
        np.array([[float(n) for n in cell.split("\n")] for cell in line[1:]]) for line in lines[1:4]
    )
    np.testing.assert_allclose(x + slate + constant, sums, atol=2e-4)
    shown = ", ".join(f"{round(float(n), 4):g}" for n in states[-1])
    expect_sentence(piece, f"After {word} the slate is ({shown}).")


@of("cell")
def test_the_cell_on_three_characters(page, piece):
    W_xh, W_hh, b_h = [[0.5, -0.5], [1.0, 0.5], [-0.5, 1.0]], [[0.5, -0.5], [1.0, 0.8]], [0.0, 0.2]
    check_cell(piece, "dog", W_xh, W_hh, b_h)
    expect_sentence(piece, "After dog the slate is (0.8793, 0.8968).")  # as the chapter prints
    weight = piece.get_by_label("W_hh, row 2, unit 1")
    weight.focus()
    weight.press("ArrowDown")
    check_cell(piece, "dog", W_xh, [[0.5, -0.5], [0.9, 0.8]], b_h)
    type_text(piece, "Word of d, g and o", "goodx")
    check_cell(piece, "good", W_xh, [[0.5, -0.5], [0.9, 0.8]], b_h)
    box = piece.get_by_label("b_h, unit 1").bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 42, box["y"] + 10, steps=4)
    page.mouse.up()
    check_cell(piece, "good", W_xh, [[0.5, -0.5], [0.9, 0.8]], [0.4, 0.2])
    piece.get_by_role("button").press("Enter")
    check_cell(piece, "dog", W_xh, W_hh, b_h)


# What holds for all of them


def test_each_piece_stands_on_its_page_alone():
    for name in PAGES:
        pieces = [piece for piece, page in PIECES.items() if page == name]
        assert read_page(name).count("data-play=") == len(pieces), name
        assert read_page(name).count("lab/play/start.js") == len(pieces), name
        assert read_page(name).count("lab/play.css") == len(pieces), name
        assert "<!-- play" not in read_page(name)


def check_looks(page, piece):
    """Started, it has no fault that axe finds, fits a small phone, and is large enough to touch."""
    alone = "article => article.replaceChildren(...document.querySelectorAll('h1, .play'))"
    page.locator("article").evaluate(alone)
    check_accessible(page)
    show_theme(page, "dark")
    check_colors(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    for control in piece.locator("input, textarea, button").all():
        box = control.bounding_box()
        assert min(box["width"], box["height"]) >= 24


def check_still(piece):
    """A picture with a sentence, and nothing to press."""
    assert piece.locator(".play-off").is_visible()
    assert piece.locator(".play-said").is_visible()
    assert not piece.locator(".play-controls").is_visible()


def test_without_javascript_each_is_a_picture_with_a_sentence(scriptless, base):
    for name in PIECES.values():
        scriptless.goto(base + name)
        check_still(scriptless.locator("[data-play]"))


def test_a_piece_of_a_server_starts_too_and_reports_what_cannot_be_loaded(page, base):
    visit(page, base + PIECES["temperature"])
    start(page)
    check_no_trouble(page, base)
    page.route("**/lab/models/*", lambda route: route.abort())
    visit(page, base + PIECES["pangram"])
    piece = page.locator("[data-play]")
    piece.get_by_label("Text").focus()
    expect_sentence(
        piece, "The model pangram could not be loaded. Load the page again, or take another model."
    )


def test_the_notebooks_show_no_trace_of_it():
    """In JupyterLab a comment is nothing; and each names a piece that there is."""
    found = []
    for path in NOTEBOOKS:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            found += re.findall(r"^<!-- play: (\w+) -->$", "".join(cell["source"]), re.MULTILINE)
    assert sorted([*found, "pangram"]) == sorted([*PIECES, "set_c12"])
