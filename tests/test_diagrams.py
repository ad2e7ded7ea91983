"""Diagrams: drawn as they are stored, shown on a page with words, and all in one language."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from rnnlib import models
from rnnlib.data import load_corpus
from rnnlib.functional import softmax
from rnnlib.models.char_rnn.numpy_cells import rnn_step
from rnnlib.models.char_rnn.torch_parallel import Group
from rnnlib.plots.style import show_char
from rnnlib.text import Vocab, make_streams
from rnnlib.training import fit
from rnnlib.writing import beam
from tests.helpers import raises_sentence
from tests.notebooks import NOTEBOOKS, ROOT, read
from website.diagrams import (
    DIAGRAMS,
    backpropagation,
    beam_search,
    book_map,
    cell,
    data_parallel,
    fading,
    layers,
    rows,
    windows_or_streams,
)
from website.diagrams import __main__ as written
from website.diagrams.sheet import Sheet, number, symbols

THINGS = {
    "state", "input", "weight", "gate", "op", "output", "candidate", "loss", "sum", "plate",
    "cells", "way", "cut", "stop", "joint", "note", "process", "chapter", "detour",
}  # fmt: skip
LOOKS = {
    "", "lit", "quiet", "dim", "on", "line", "head", "inner", "inside", "shape", "data", "state",
    "weight", "gate", "gradient",
}  # fmt: skip
SHOWN = re.compile(r"^!\[([^\]]*)\]\((?:\.\./)?(?:chapters/)?diagrams/([\w-]+)\.svg\)$", re.M)
PHONE = 342 / 352  # a sheet of 340 units and its edges in the column of a phone of 390 pixels

every_diagram = pytest.mark.parametrize("name", DIAGRAMS)


@dataclass
class Showing:
    """A diagram on a page: what it is called there, and what its caption says."""

    name: str
    alt: str
    caption: str


def showings(text):
    """The diagrams in a page of Markdown."""
    for found in SHOWN.finditer(text):
        following = text[found.end() :].strip().partition("\n\n")[0]
        yield Showing(found[2], found[1], following)


def on_pages():
    """The diagrams on all pages."""
    for path in NOTEBOOKS:
        for one in read(path).cells:
            yield from showings(one.source) if one.cell_type == "markdown" else ()
    for path in [ROOT / "index.md", *(ROOT / "chapters").glob("*.md")]:
        yield from showings(path.read_text(encoding="utf-8"))


def complaints(showing, sheets):
    """What is wrong with how a diagram is shown."""
    if len(showing.alt.split()) < 8:
        yield f"alt text {showing.alt!r} is too short"
    if not re.fullmatch(r"\*[^*].*[^*]\*", showing.caption, re.S):
        yield f"caption {showing.caption!r} is not in emphasis"
    titles = [sheet.title for sheet in sheets] if len(sheets) > 1 else []
    bold = [found.rstrip(".:") for found in re.findall(r"\*\*(.+?)\*\*", showing.caption)]
    if bold != titles:
        yield f"the caption speaks of {bold}, the sheets are {titles}"


def strangers(sheet):
    """What on a sheet says nothing in the language: a shape without a class, or with another."""

    def visit(element, thing):
        looks = element.get("class", "").split()
        if element.tag == "g" and thing is None:
            thing, *looks = looks or [""]
            if thing not in THINGS:
                yield f"{thing!r} is no thing"
        if element.tag in ("rect", "circle", "path", "text") and thing is None:
            yield f"a {element.tag} without a class"
        if not set(looks) - {"symbol", "index", "words"} <= LOOKS:
            yield f"{looks} are no looks"
        if set(element.keys()) & {"id", "style", "fill", "stroke", "font-size"}:
            yield f"a {element.tag} with {element.keys()}"
        for child in element:
            yield from visit(child, thing)

    for child in ElementTree.fromstring(sheet.svg()):
        yield from visit(child, None)


def outside(sheet):
    """The boxes of a sheet that reach out of it, and the texts that begin, end or stand outside."""
    for box in ElementTree.fromstring(sheet.svg()).iter("rect"):
        left, width = float(box.get("x")), float(box.get("width"))
        if left < -5 or left + width > sheet.width + 5:  # 6, less half of a line
            yield f"a box from {left} to {left + width}"
    for text in ElementTree.fromstring(sheet.svg()).iter("text"):
        x, y = float(text.get("x")), float(text.get("y"))
        if not (-4 <= x <= sheet.width + 6 and 6 <= y <= sheet.height - 4):
            yield "".join(text.itertext())


def small_letters(style):
    """Sizes of letters in a style sheet that are below 11 pixels on a phone."""
    sizes = re.findall(r"font(?:-size)?:\s*([\d.]+)(\w+)", style)
    return [size for size, unit in sizes if unit != "px" or float(size) * PHONE < 11]


def test_the_files_are_what_is_drawn():
    """After a change in website/diagrams or diagrams.css: python -m website.diagrams."""
    stored = {p.name: p.read_text(encoding="utf-8") for p in written.FOLDER.iterdir()}
    assert stored == written.drawn()


def test_every_diagram_is_shown_and_every_one_that_is_shown_exists():
    assert {showing.name for showing in on_pages()} == DIAGRAMS.keys()


def test_no_other_figure_has_the_name_of_a_diagram():
    figures = [
        c.metadata.get("mystnb", {}).get("figure", {}) for p in NOTEBOOKS for c in read(p).cells
    ]
    assert {f"fig-{name}" for name in DIAGRAMS}.isdisjoint(figure.get("name") for figure in figures)


def test_every_diagram_is_shown_with_words():
    for showing in on_pages():
        assert list(complaints(showing, DIAGRAMS[showing.name]())) == []


@every_diagram
def test_everything_on_a_sheet_says_what_it_is(name):
    for sheet in DIAGRAMS[name]():
        assert list(strangers(sheet)) == []
        assert list(outside(sheet)) == []


def test_letters_are_large_enough_on_a_phone():
    assert small_letters(written.looks()) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("![A cell](diagrams/x.svg)\n\n*A caption. **One.** First. **Two.** Second.*", "too short"),
        ("![{words}](diagrams/x.svg)\n\nNo caption.", "not in emphasis"),
        ("![{words}](diagrams/x.svg)\n\n*A caption. **Two.** Second.*", "the sheets are"),
    ],
)
def test_a_planted_fault_of_words_is_seen(text, wrong):
    (showing,) = showings(text.format(words="word " * 8))
    found = list(complaints(showing, [Sheet(9, 9, "One"), Sheet(9, 9, "Two")]))
    assert any(wrong in one for one in found)


@pytest.mark.parametrize(
    "code",
    [
        "<rect/>",
        '<g class="blob"><rect/></g>',
        '<g class="state shiny"><rect/></g>',
        '<g class="state"><rect fill="red"/></g>',
        '<g class="note"><text font-size="9">x</text></g>',
    ],
)
def test_a_planted_stranger_is_seen(code):
    sheet = Sheet(100, 100)
    sheet.box(50, 50, "h_t", "state", "lit")
    assert list(strangers(sheet)) == []
    sheet.parts.append(code)
    assert len(list(strangers(sheet))) == 1


def test_a_planted_letter_outside_or_too_small_is_seen():
    sheet = Sheet(100, 100)
    sheet.note(50, 101, "h_t")
    sheet.box(3, 50, "h", "state", width=22, height=22)
    assert list(outside(sheet)) == ["a box from -8.0 to 14.0", "ht\u200b"]
    assert small_letters(".a { font-size: 11px } .b { font: 0.7em serif }") == ["11", "0.7"]


def test_a_sheet_wider_than_a_phone_is_refused():
    with raises_sentence(ValueError, "400", "Use 340"):
        Sheet(400, 100)


def test_symbols_have_their_index_lowered():
    assert symbols("h_t").index('dy="4">t<') < symbols("h_t").index('dy="-4"')
    assert "<b>" not in symbols("`<b>`")
    assert number(-0.5) == "−0.50"


def test_the_numbers_of_dog_are_those_of_the_library():
    states = [np.zeros(2)]
    for letter in "dog":
        x = np.eye(3)["dgo".index(letter)]
        states.append(rnn_step(x, states[-1], cell.W_XH, cell.W_HH, cell.B_H))
    np.testing.assert_allclose(cell.read("dog"), states)
    drawn = "".join(sheet.svg() for sheet in cell.draw_unrolled())
    assert all(f">{number(value)}<" in drawn for state in states[1:] for value in state)


def test_the_products_of_a_unit_add_up_to_its_sum():
    drawn = cell.draw_cell()[1].svg().replace("\N{MINUS SIGN}", "-")
    products = [float(n) for n in re.findall(r">= ([-\d.]+)<", drawn)]
    assert len(products) == 5
    total = sum(products) + cell.B_H[1]
    assert f">{total:.2f}<" in drawn
    assert f">{np.tanh(total):.2f}<" in drawn


PANGRAM = load_corpus("pangram")


def young(epochs):
    """The network of chapters 4 and 6 after some training, and the vocabulary of the pangram."""
    vocab = Vocab(PANGRAM)
    model = models.build(models.ModelConfig(29, 8, 16, dtype="float64"), "numpy", seed=1)
    ids = vocab.encode(PANGRAM)[None]
    fit(model, ids[:, :-1], ids[:, 1:], epochs=epochs, learning_rate=0.01)
    return model, vocab


def test_the_probabilities_are_those_of_the_network_that_opens_chapter_4():
    model, vocab = young(epochs=200)
    logits, _ = model.forward(vocab.encode("The")[None], model.init_state(1))
    sure = softmax(logits)[0, range(3), vocab.encode("he ")]
    np.testing.assert_allclose(cell.SURE, sure, atol=0.005)


def test_what_is_said_is_what_the_untrained_network_says():
    model, vocab = young(epochs=0)

    def said(letters):
        logits, _ = model.forward(vocab.encode(letters)[None], model.init_state(1))
        return vocab.decode(logits[0].argmax(axis=-1))

    assert all(said(letters) == guesses for letters, guesses in backpropagation.FED.values())
    letters, guesses = backpropagation.FED["Fed its own guesses"]
    assert letters[1:] == guesses[:-1]


def test_the_shares_of_the_way_back_are_slopes_of_the_loss():
    """A use moved alone changes half the squared error by its share."""
    _, _, shares = backpropagation.walk()

    def loss(weights, h=0.5):
        for x, w_h in zip(backpropagation.INPUTS, weights, strict=True):
            h = np.tanh(backpropagation.W_X * x + w_h * h)
        return (h - 1) ** 2 / 2

    for share, move in zip(shares, 1e-6 * np.eye(3), strict=True):
        slope = (loss(backpropagation.W_H + move) - loss(backpropagation.W_H - move)) / 2e-6
        assert slope == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize(("length", "batches", "count"), [(8, 3, 4), (5, 3, 4), (5, 2, 2)])
def test_rows_and_batches_are_those_of_the_library(length, batches, count):
    assert load_corpus("shakespeare").startswith(rows.PLAY)
    vocab = Vocab(rows.PLAY)
    ids = vocab.encode(rows.PLAY)[: count * batches * length + 1]
    inputs, _ = make_streams(ids, count, length)  # (S, B, T)
    words = [[vocab.decode(piece) for piece in row] for row in inputs.swapaxes(0, 1)]
    assert rows.cut(length, batches, count) == words


def test_the_rows_of_a_process_are_those_that_the_library_gives_it():
    for rank, share in enumerate(data_parallel.SHARES):
        one = SimpleNamespace(rank=rank, count=len(data_parallel.SHARES))
        assert list(share) == list(range(4)[Group.rows(one, 4)])


def test_nothing_but_a_gradient_crosses_between_two_processes():
    """No way of a state, a weight or data leaves the frame that it begins in."""
    (_, upper), (lower, _) = data_parallel.FRAMES
    crossing = set()
    for sheet in data_parallel.draw_several_processes():
        for way in ElementTree.fromstring(sheet.svg()):
            ys = [float(y) for y in re.findall(r"[MLQ ][\d.]+ ([\d.]+)", way[0].get("d", ""))]
            if ys and min(ys) < lower and max(ys) > upper:
                crossing.add(way.get("class"))
    assert crossing == {"way gradient lit"}


def test_shuffled_states_move_as_the_chapter_moves_them():
    for shift in rows.SHIFTS:
        assert rows.handed(4, shift) == np.roll(range(4), shift).tolist()
        assert all(giver != row for row, giver in enumerate(rows.handed(4, shift)))


def test_the_fading_gradient_is_the_slope_at_each_state():
    states, W_hh, gradients = fading.walk()
    before = np.vstack([np.zeros(3), states[:-1]])
    xs = np.arctanh(states) - before @ W_hh
    np.testing.assert_allclose(W_hh @ W_hh.T, np.eye(3), atol=1e-12)
    for k in range(1, len(gradients)):
        start = np.vstack([np.zeros(3), states])[len(states) - k]

        def last(h, k=k):
            for x in xs[len(xs) - k :]:
                h = np.tanh(x + h @ W_hh)
            return gradients[0] @ h

        slopes = [(last(start + d) - last(start - d)) / 2e-6 for d in 1e-6 * np.eye(3)]
        np.testing.assert_allclose(slopes, gradients[k], atol=1e-8)


def test_the_arrow_of_the_gradient_is_as_thick_as_the_gradient_is_long():
    sheet = Sheet(340, 100)
    fading.draw_thinning(sheet, (300, 50), [(200, 50), (200, 50)], (100, 50), 10, 4)
    (way,) = ElementTree.fromstring(sheet.svg())
    *dashes, head = [[float(n) for n in re.findall(r"[\d.]+", part.get("d"))[1::2]] for part in way]
    heights = [max(ys) - min(ys) for ys in dashes]
    assert heights[0] == pytest.approx(10, abs=0.2)
    assert heights == sorted(heights, reverse=True)
    assert 4 <= heights[-1] < 6 < max(head) - min(head)


def test_a_target_is_the_next_character():
    once, always = windows_or_streams.draw_one_or_ten()
    read, said = list(windows_or_streams.SENTENCE[:10]), list(windows_or_streams.SENTENCE[1:])
    for sheet, targets in ((once, said[-1:]), (always, said)):
        letters = re.findall(r'class="words">(.)<', sheet.svg())
        assert sorted(letters) == sorted(["0", *map(show_char, read + targets)])


def test_a_locked_mask_is_the_same_at_every_step():
    (up, along), (locked, _) = layers.masks(is_locked=False), layers.masks(is_locked=True)
    assert along.all()
    assert not (up == up[:, :1]).all()
    assert (locked == locked[:, :1]).all()


def test_layer_norm_leaves_mean_0_and_variance_1():
    for sheet, count in zip(layers.draw_norm(), (4, 3), strict=True):
        drawn = sheet.svg().replace("\N{MINUS SIGN}", "-")
        shown = [float(n) for n in re.findall(r">(-?\d\.\d\d)<", drawn)]
        assert len(shown) == count
        assert np.mean(shown) == pytest.approx(0, abs=0.01)
        assert np.var(shown) == pytest.approx(1, abs=0.01)


def test_the_tree_is_what_two_beams_find():
    model, vocab = models.load(ROOT / "weights" / "shakespeare_lstm.safetensors")
    for length in range(1, 5):
        found = beam.beam_search(model, vocab, beam_search.PROMPT, length, beam_search.BEAMS)
        assert [text for text, _ in found] == beam_search.kept(length)
        drawn = {text: score for text, score in beam_search.SCORES.items() if len(text) == length}
        everything = dict(beam.beam_search(model, vocab, beam_search.PROMPT, length, 65))
        for text, score in drawn.items():
            assert everything.get(text, score) == pytest.approx(score, abs=0.002)
    assert beam.beam_search(model, vocab, beam_search.PROMPT, 4, 1)[0][0] == "will"


def needs(file):
    """The chapters that a page says it needs, by number."""
    text = "\n".join(cell.source for cell in read(ROOT / "chapters" / file).cells)
    line = re.search(r"^\*\*You need\*\* (.*?)(?= Reading takes|$)", text, re.M)
    return {int(found) for found in re.findall(r"\]\((?:\.\./)?(\d\d)_", line[1] if line else "")}


def test_the_map_leads_along_what_each_chapter_needs():
    """The last chapter that one needs is the one before it at the road; 11 and 12 leave from 9."""
    files = [stop.file for stop in book_map.ONE[1:] + book_map.TWO + book_map.THREE]
    assert [int(file[:2]) for file in files] == list(range(1, 13))
    for stop in book_map.FOUR:
        assert max(needs(f"{stop.file}.ipynb")) in range(9, 13)
    assert [int(stop.file[:2]) for stop in book_map.FIVE] == list(range(15, 19))
    assert max(needs(f"{book_map.FIVE[0].file}.ipynb")) in range(9, 15)
    for stop in book_map.FIVE[1:]:
        assert max(needs(f"{stop.file}.ipynb")) in range(9, 16)
    for n, file in enumerate(files[1:], 2):
        assert max(needs(f"{file}.ipynb")) == min(n - 1, 9), file


def test_a_detour_leaves_the_map_after_the_last_chapter_that_it_needs():
    stops = book_map.ONE + book_map.TWO + book_map.THREE + book_map.FOUR + book_map.FIVE
    detours = {file: stop.file for stop in stops for file in stop.detours or {}}
    assert {f"{file}.ipynb" for file in detours} == {
        path.name for path in (ROOT / "chapters" / "detours").glob("*.ipynb")
    }
    for file, chapter in detours.items():
        assert max(needs(f"detours/{file}.ipynb"), default=int(chapter[:2])) == int(chapter[:2])


def test_the_map_calls_each_chapter_by_its_title():
    for stop in book_map.ONE[1:] + book_map.TWO + book_map.THREE + book_map.FOUR + book_map.FIVE:
        title = read(ROOT / "chapters" / f"{stop.file}.ipynb").cells[0].source.splitlines()[0]
        words = stop.title.partition("  ")[2].replace("\n", " ")
        assert title.startswith(f"# {words}")


def test_every_link_of_the_map_leads_to_a_page():
    links = [
        link for sheet in book_map.draw_map() for link in re.findall('href="(.*?)"', sheet.svg())
    ]
    assert (
        len(links)
        == len(set(links))
        == 19 + len([*(ROOT / "chapters" / "detours").glob("*.ipynb")])
    )
    assert all((written.FOLDER / link).resolve().is_file() for link in links)
