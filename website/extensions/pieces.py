"""What stands in the pieces to play with: words, controls, and the values that they start with.

Each function returns a piece as HTML. What it draws is drawn again by the script of its name in
`website/lab/play`, so the two say the same in the same words; `tests/site/test_play.py` compares.
"""

import json
from functools import cache
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from website.extensions.lab_engine import as_script, find_weights, write_file

READ = ("engine", "sha256", "weights_file", "backward")  # a weights file, and a text with it
UNUSED = "What stands here is the start. In a browser with JavaScript you can change it."


@cache
def read_model(source, name):
    """The parameters, the config and the vocabulary that the page will have of a model."""
    from rnnlib.models import weights_file

    with TemporaryDirectory() as folder:
        target = Path(folder, "model.safetensors")
        write_file(name, find_weights(source, name), target)
        return weights_file.load(target)[:3]


def build(params, config):
    """A NumPy model with these parameters."""
    from rnnlib.models.char_rnn.numpy_model import CharRNN

    model = CharRNN(config)
    model.set_params(params)
    return model


def logits_after(model, ids):
    """The scores (V,) of the character that comes after ids."""
    logits, _ = model.forward(np.array([ids]), model.init_state(1))
    return logits[0, -1]


# What every piece is made of


def name_char(char):
    """A character as a sentence names it."""
    return {" ": "a space", "\n": "a line break"}.get(char, f"‘{char}’")


def percent(share):
    """A share in hundredths, with one digit."""
    return f"{100 * share:.1f} %"


def draw_bars(chars, shares):
    """A list of characters, each with its share; one that is never drawn has none."""
    from rnnlib.plots import show_char

    rows = "".join(
        f'<li style="--share: {share:.4f}"><b>{escape(show_char(char))}</b><span class="bar">'
        f"</span><span>{percent(share) if share else 'cut'}</span></li>"
        for char, share in zip(chars, shares, strict=True)
    )
    return f'<ol class="play-bars">{rows}</ol>'


def frame(about, title, words, controls, drawing, said, note=""):
    """A piece as HTML; `words` say what to try, and `note` what it does not show."""
    data = escape(json.dumps(about), quote=True)
    last = f'<p class="play-note">{note}</p>' if note else ""
    return f"""<div class="play" role="group" aria-label="{title}" data-play="{data}">
<p><strong>Try it.</strong> {words}</p>
<div class="play-controls pst-js-only">{controls}</div>
{drawing}
<p class="play-said" role="status">{escape(said)}</p>{last}
<p class="play-off">{UNUSED}</p></div>"""


def field(label, name, value, rows=1, most=200):
    """A place for a text of the reader's."""
    options = f'name="{name}" maxlength="{most}" spellcheck="false" autocomplete="off"'
    line = f'<input type="text" {options} value="{value}"/>'
    box = line if rows == 1 else f'<textarea {options} rows="{rows}">{value}</textarea>'
    return f'<label class="wide">{label} {box}</label>'


def slider(label, name, least, most, step, value, shown):
    """A slider with its value beside it."""
    return (
        f'<label class="slider"><span>{label}</span><input type="range" name="{name}" '
        f'min="{least}" max="{most}" step="{step}" value="{value}"/>'
        f"<output>{shown}</output></label>"
    )


# The next character


def say_next(chars, shares):
    """The sentence below the five bars."""
    (first, p), (second, q) = zip(chars[:2], shares[:2], strict=True)
    return (
        f"Most likely next: {name_char(first)} with {percent(p)}, "
        f"then {name_char(second)} with {percent(q)}."
    )


def draw_next(source, model_name, text, words, note, rows):
    """Five likely characters after a text that the reader types."""
    from rnnlib.functional import softmax

    params, config, vocab = read_model(source, model_name)
    shares = softmax(logits_after(build(params, config), vocab.encode(text)))
    best = np.argsort(-shares, kind="stable")[:5]
    chars, five = [vocab.chars[i] for i in best], [float(shares[i]) for i in best]
    about = {"piece": "next", "model": model_name, "scripts": [*READ, "sampling", "play/next"]}
    controls = field("Text", "text", text, rows)
    controls += '<button type="button">Add the most likely</button>'
    title = "The next character"
    return frame(about, title, words, controls, draw_bars(chars, five), say_next(chars, five), note)


def next_of_pangram(source):
    """On the welcome page."""
    words = (
        "Type a few characters of <em>The quick brown fox jumps over the lazy dog.</em> and see "
        "which five characters this network holds to be the most likely next. Then leave the "
        "sentence."
    )
    note = "The network knows no other sentence, so off its path even a sure answer means little."
    return draw_next(source, "pangram", "The qui", words, note, 1)


# A network that writes

# what each network has read, and the words that it begins with
WRITTEN = {
    "writer_shakespeare": ("Shakespeare’s plays", "ROMEO:\n"),
    "writer_python": ("Python code", "  def get_"),
    "writer_tunes": ("Irish tunes, in letters", "T:The "),
    "writer_names": ("family names of twenty countries", "Italy: "),
    "writer_openings": ("openings of chess", "Queen's "),
}
LENGTH, TAU = 300, 0.7


def size_of(source, name):
    """How many kilobytes a page loads for a model."""
    return len(as_script(name, find_weights(source, name))) / 1e3


def writer(source):
    """In ten minutes: one of five networks writes on from the reader's own words."""
    from rnnlib.writing import Sampler, generate

    first, (_, prompt) = next(iter(WRITTEN.items()))
    params, config, vocab = read_model(source, first)
    written = generate(build(params, config), vocab, prompt, LENGTH, Sampler(TAU), rng=0)
    about = {"piece": "writer", "model": first, "length": LENGTH}
    about["scripts"] = [*READ, "sampling", "random", "link", "play/writer"]
    options = "".join(
        f'<option value="{name}" data-begin="{escape(begin, quote=True)}">{text}</option>'
        for name, (text, begin) in WRITTEN.items()
    )
    controls = f'<label class="wide">It has read <select name="model">{options}</select></label>'
    controls += field("It begins with", "text", f"\n{prompt}", rows=2)
    controls += slider("Temperature", "temperature", 0.1, 2, 0.1, TAU, TAU)
    controls += '<button type="button" name="write" class="main">Write</button>'
    controls += '<button type="button" name="seed">Another seed</button>'
    drawing = (
        '<div class="play-written" tabindex="0" role="region" aria-label="What the network writes">'
        f"<b>{escape(prompt)}</b><span>{escape(written)}</span></div>"
    )
    words = (
        "Press <em>Write</em>, then take another text. Put your own first words into the field. "
        "Then move the temperature to 0.3, and to 1.5."
    )
    sizes = [size_of(source, name) for name in WRITTEN]
    note = (
        f"Each network has {config.hidden_size} units and is loaded when you first ask for it: "
        f"{round(min(sizes), -1):.0f} to {round(max(sizes), -1):.0f} kB. It runs in this page, and "
        'nothing that you type leaves it. <a class="pst-js-only" href="lab.html">Look inside this '
        "network while it reads this text</a>."
    )
    said = f"It has written {LENGTH} characters, at a temperature of {TAU} and with seed 0."
    return frame(about, "A network that writes", words, controls, drawing, said, note)


# The temperature

SCENE = Path(__file__).parent / "play_scene.txt"  # of Tiny Shakespeare, and "I " after it
MOST = 14  # characters drawn, as in the figure of the chapter


def say_temperature(tau, shares):
    """The sentence below the bars of a distribution (V,)."""
    drawn = shares[shares > 0]
    entropy = -(drawn * np.log(drawn)).sum()
    return (
        f"At a temperature of {tau} the network draws as if among {np.exp(entropy):.1f} "
        f"characters. Of {len(shares)} it can draw {len(drawn)}, and the likeliest has "
        f"{percent(shares.max())}."
    )


def temperature(source):
    """In chapter 11: real logits under a temperature, top-k and top-p."""
    from rnnlib.functional import softmax
    from rnnlib.models import weights_file

    params, config, vocab, _ = weights_file.load(find_weights(source, "large"))
    ids = vocab.encode(SCENE.read_text(encoding="utf-8"))
    logits = logits_after(build(params, config), ids).astype(np.float64).round(5)
    shares = softmax(logits)
    best = np.argsort(-logits, kind="stable")[:MOST]
    about = {"piece": "temperature", "scripts": ["sampling", "play/temperature"]}
    about |= {"logits": logits.tolist(), "shown": best.tolist()}
    controls = slider("Temperature", "temperature", 0.1, 2, 0.1, 1, "1.0")
    controls += slider("Top-k", "topK", 1, len(vocab), 1, len(vocab), "all")
    controls += slider("Top-p", "topP", 0.05, 1, 0.05, 1, "all")
    words = (
        "These are the fourteen likeliest characters after <code>I </code>. Lower the temperature "
        "to 0.5, then go back to 1 and cut with top-k or top-p."
    )
    note = "This is one place of one text. What a setting does to many draws, the bars do not show."
    bars = draw_bars([vocab.chars[i] for i in best], [float(shares[i]) for i in best])
    title = "Temperature, top-k and top-p"
    return frame(about, title, words, controls, bars, say_temperature("1.0", shares), note)


# The gates on the island

VISITS, UNIT, STEP = "KrRsSsRrR.NsRrSrSsR.", 19, 2  # unit and step are counted from 1
GATE_ROWS = (("f", "forget gate"), ("i", "input gate"), ("o", "output gate"), ("c", "in the cell"))


def say_gates(text, values, unit, step):
    """The sentence about one unit at one step; values are {letter: (T, H)}."""
    f, i, c = (values[letter][step - 1, unit - 1] for letter in "fic")
    return (
        f"Step {step} of {len(text)} reads {name_char(text[step - 1])}. In unit {unit} the forget "
        f"gate stands at {f:.2f} and the input gate at {i:.2f}, and then {c:.2f} is in the cell."
    )


def shade_of(letter, value):
    """Gates are grey, and what is in the cell is red above zero and blue below."""
    return "gate" if letter != "c" else "minus" if value < 0 else "plus"


def draw_gates(text, values, unit, step):
    """A row of shaded cells for each gate of a unit, and for what is in the cell."""
    heads = "".join(
        f'<span class="char{" now" if t == step - 1 else ""}">{char}</span>'
        for t, char in enumerate(text)
    )
    rows = f"<b>reads</b>{heads}"
    for letter, name in GATE_ROWS:
        cells = "".join(
            f'<i class="{shade_of(letter, value)}" style="--share: {min(abs(value), 1):.2f}"></i>'
            for value in values[letter][:, unit - 1]
        )
        rows += f"<b>{name}</b>{cells}"
    return (
        '<div class="play-scroll" role="img" aria-label="Shaded cells, a column a character: the '
        "gates of one unit, and what is in its cell. The sentence below says one column in "
        'numbers.">'
        f'<div class="play-grid" style="--steps: {len(text)}">{rows}</div></div>'
    )


def gates(source):
    """In chapter 8: the gates of one unit while a network reads two visits to the island."""
    from rnnlib import probing

    params, config, vocab = read_model(source, "knights")
    model, ids = build(params, config), np.array([vocab.encode(VISITS)])
    values = {name: gate[0] for name, gate in probing.gates(model, ids).items()}
    state, cells = model.init_state(1), []
    for step in range(len(VISITS)):
        _, state = model.forward(ids[:, step : step + 1], state)
        cells.append(state[0, 0, config.hidden_size :])
    values["c"] = np.array(cells)
    about = {"piece": "gates", "model": "knights", "scripts": [*READ, "play/gates"]}
    controls = field("Text", "text", VISITS, most=40)
    controls += slider("Character", "step", 1, len(VISITS), 1, STEP, STEP)
    controls += slider("Unit", "unit", 1, config.hidden_size, 1, UNIT, UNIT)
    words = (
        "This LSTM of 32 units was stored beforehand. Step through two visits with the arrow keys: "
        "unit 19 lets go of its number at the letter of the next visitor, and then holds one near "
        "1 for a knight or near -1 for a knave. What do other units do, and what does another "
        "letter change?"
    )
    note = (
        "That a unit holds the letter does not show that the network uses this unit and no other."
    )
    drawn = draw_gates(VISITS, values, UNIT, STEP)
    said = say_gates(VISITS, values, UNIT, STEP)
    return frame(about, "The gates of one unit", words, controls, drawn, said, note)


# Influence, before and after training

TYPED = "ROMEO:\nWhat is the matter, that you look so pale and sad?"
BACK = 10


def influence_of_characters(params, ids):
    """The norm of dL/d(embedding) of each character but the last, which is to be guessed: (T,)."""
    from rnnlib.functional import softmax
    from rnnlib.models.char_rnn.numpy_cells import rnn_step

    W_xh, W_hh, b_h, W_hy = (params[name] for name in ("W_xh", "W_hh", "b_h", "W_hy"))
    hs = [np.zeros((1, len(W_hh)))]
    for char in ids[:-1]:
        hs.append(rnn_step(params["embed"][[char]], hs[-1], W_xh, W_hh, b_h))
    error = softmax(hs[-1] @ W_hy + params["b_y"])
    error[0, ids[-1]] -= 1
    dh, norms = error @ W_hy.T, []
    for h in reversed(hs[1:]):
        delta = dh * (1 - h**2)
        norms.append(float(np.linalg.norm(delta @ W_xh.T)))
        dh = delta @ W_hh.T
    return np.array(norms[::-1])


def shade(text, norms):
    """A text whose characters are shaded by their influence, the last in a box."""
    from rnnlib.plots import show_char

    parts = [
        f'<span style="--share: {norm / norms.max():.3f}">{escape(show_char(char))}</span>'
        for char, norm in zip(text, norms, strict=False)
    ]
    return f'<p class="play-text">{"".join(parts)}<span class="asked">{text[-1]}</span></p>'


def share_back(norms):
    """The share of the influence that lies more than ten characters back."""
    return norms[:-BACK].sum() / norms.sum()


def influence(source):
    """In chapter 7: which characters act on the loss at the last one, before and after training."""
    from rnnlib.models.parts import initialise

    params, config, vocab = read_model(source, "rnn")
    ids = vocab.encode(TYPED)
    both = [influence_of_characters(p, ids) for p in (initialise(config, 0), params)]
    scripts = [*READ, "sampling", "random", "untrained", "play/influence"]
    about = {"piece": "influence", "model": "rnn", "scripts": scripts}
    controls = field("Text", "text", TYPED, rows=2, most=120)
    words = (
        "Type a text. A plain RNN reads all but its last character, which stands in a box, and has "
        "to guess that one. Each character is shaded by its influence on the loss, from none to "
        "the most in its row. End the text in a surprise, and see whether the shading reaches "
        "further back."
    )
    note = (
        f"This network has {config.hidden_size} units, where those of this chapter have 64. "
        "Influence tells of very small changes; "
        '<a href="08_remember_longer_with_gates.html#after-training">chapter 8</a> shows that it '
        "is not memory."
    )
    rows = "".join(
        f'<p class="play-name">{name}</p>{shade(TYPED, norms)}'
        for name, norms in zip(("before training", "after training"), both, strict=True)
    )
    said = say_influence(*map(share_back, both))
    return frame(about, "Influence of each character", words, controls, rows, said, note)


def say_influence(before, after):
    """The sentence below the two rows."""
    return (
        f"More than ten characters back lies {percent(before)} of the influence before training, "
        f"and {percent(after)} after it."
    )


# The cell on three characters

LETTERS, WORD = "dgo", "dog"
WEIGHTS = {
    "W_xh": [[0.5, -0.5], [1.0, 0.5], [-0.5, 1.0]],
    "W_hh": [[0.5, -0.5], [1.0, 0.8]],
    "b_h": [[0.0, 0.2]],
}
MATRIX_ROWS = {"W_xh": LETTERS, "W_hh": "12", "b_h": " "}


def four_digits(number):
    """A number as the table of the chapter writes it: to four digits, without zeros at the end."""
    return f"{round(float(number), 4) + 0:g}"


def by_hand(word):
    """The rows of the table: for each letter what adds up, and the new state."""
    from rnnlib.models.char_rnn.numpy_cells import rnn_step

    W_xh, W_hh, b_h = map(np.array, WEIGHTS.values())
    h, columns = np.zeros((1, 2)), []
    for letter in word:
        x = np.eye(3)[[LETTERS.index(letter)]]
        parts = [x @ W_xh, h @ W_hh, b_h]
        h = rnn_step(x, h, W_xh, W_hh, b_h[0])
        columns.append([*parts, sum(parts), h])
    return np.array(columns)[:, :, 0].swapaxes(0, 1)  # (5, T, 2)


def cell(_):
    """In chapter 4: the plain cell with weights that can be changed."""
    about = {"piece": "cell", "scripts": ["engine", "backward", "play/cell"]}
    matrices = ""
    for name, rows in WEIGHTS.items():
        lines = ""
        for label, row in zip(MATRIX_ROWS[name], rows, strict=True):
            of = f", row {label}" if label.strip() else ""
            inputs = "".join(
                f'<input type="number" step="0.1" value="{value:g}" '
                f'aria-label="{name}{of}, unit {unit}"/>'
                for unit, value in enumerate(row, 1)
            )
            lines += f"<div><b>{label}</b>{inputs}</div>"
        shown = name.replace("_", "<sub>", 1) + "</sub>"
        matrices += f'<div role="group" aria-label="{name}" data-weights="{name}"><p>{shown}</p>'
        matrices += f"{lines}</div>"
    controls = field("Word of d, g and o", "word", WORD, most=5)
    controls += f'<div class="play-weights">{matrices}</div>'
    controls += '<button type="button">Back to the start</button>'
    words = (
        "Change a weight, by typing, with the arrow keys or by dragging it sideways, and see every "
        "state follow. Set <em>W<sub>hh</sub></em> to zeros: which words can the last state still "
        "tell apart?"
    )
    table = by_hand(WORD)
    names = ("from the letter", "from the slate", "constant", "sum", "new slate")
    head = "".join(f'<th scope="col">{letter}</th>' for letter in WORD)
    lines = "".join(
        f'<tr><th scope="row">{name}</th>'
        + "".join(f"<td>{'<br/>'.join(map(four_digits, two))}</td>" for two in row)
        + "</tr>"
        for name, row in zip(names, table, strict=True)
    )
    drawing = (
        '<div class="play-scroll"><table><thead><tr><th scope="row">read</th>'
        f"{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )
    said = say_cell(WORD, table[-1, -1])
    return frame(about, "The cell on a word", words, controls, drawing, said)


def say_cell(word, state):
    """The sentence below the table."""
    return f"After {word} the slate is ({', '.join(map(four_digits, state))})."


def set_c12(_):
    """In ten minutes: a link that opens the lab with a number of its network set; no piece."""
    link = '<a href="lab.html#set-c12">Open the lab with c12 set to −3</a>'
    return f'<p class="play-open pst-js-only">{link}</p>'


PIECES = {
    "pangram": next_of_pangram,
    "writer": writer,
    "temperature": temperature,
    "gates": gates,
    "influence": influence,
    "cell": cell,
    "set_c12": set_c12,
}
