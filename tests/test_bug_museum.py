"""The bug museum: every exhibit is proved both ways, by the code that stands on its page.

The cells of an exhibit are run by themselves, after the cells that its page begins with, and what
they give to `prove` is caught: a test, the bug and what was mended.
"""

import ast
import contextlib
import io
import re
import subprocess
import sys

import numpy as np
import pytest
from myst_parser.mdit_to_docutils.base import default_slugify as slug

from exercises import bug_museum as museum
from exercises.bug_museum import EXHIBITS, PAGES, find_exhibit, prove
from tests.helpers import assert_sentence, raises_sentence
from tests.notebooks import ROOT, read, tags
from tools.plain import is_added, unfolded

NAMES = [exhibit.name for exhibit in EXHIBITS]
every_exhibit = pytest.mark.parametrize("exhibit", EXHIBITS, ids=NAMES)
every_floor = pytest.mark.parametrize("floor", PAGES)


def cells_of_page(floor):
    """The cells of a floor's page that its author wrote."""
    return [c for c in read(ROOT / f"{PAGES[floor]}.ipynb").cells if not is_added(c)]


def heading(cell):
    """The heading of the third level that a cell begins with, or None."""
    found = re.match(r"### (.+)", cell.source) if cell.cell_type == "markdown" else None
    return found and found[1]


def cells_of(exhibit):
    """The cells of an exhibit: from its heading down to the next heading."""
    cells = cells_of_page(exhibit.floor)
    first = next(i for i, cell in enumerate(cells) if heading(cell) == exhibit.title)
    heads = re.compile(r"^#{1,3} ", re.M)
    after = (
        i
        for i, cell in enumerate(cells)
        if i > first and cell.cell_type == "markdown" and heads.search(cell.source)
    )
    return cells[first : next(after, len(cells))]


def code_of(cells):
    """The sources of the code among the cells."""
    return [cell.source for cell in cells if cell.cell_type == "code"]


rooms = {}  # what a page has defined before its first exhibit, by floor


def names_of(floor):
    """The names that a page has defined before its first exhibit."""
    if floor not in rooms:
        cells = cells_of_page(floor)
        first = next(i for i, cell in enumerate(cells) if heading(cell) in TITLES)
        rooms[floor] = {}
        for source in code_of(cells[:first]):
            exec(source, rooms[floor])
    return dict(rooms[floor])


TITLES = {exhibit.title for exhibit in EXHIBITS}
seen = {}  # what an exhibit gives to `prove`, by its name


def proofs_of(exhibit):
    """(test, bug, mended) of an exhibit, from its own cells, which print what they like; further
    ones, where other programs are tested as well.
    """
    if exhibit.name not in seen:
        names, given = names_of(exhibit.floor), []
        names["prove"] = lambda *three: given.append(three)
        with contextlib.redirect_stdout(io.StringIO()):
            for source in code_of(cells_of(exhibit)):
                exec(source, names)
        seen[exhibit.name] = given
    return seen[exhibit.name]


@every_exhibit
def test_the_test_fails_on_the_bug_and_passes_on_what_was_mended(exhibit):
    (test, broken, mended), *others = proofs_of(exhibit)
    for _ in range(2):  # and does not depend on what was run before
        stops = RuntimeError if exhibit.sign == "an error" else AssertionError
        with pytest.raises(stops) as failed:
            test(broken)
        said = str(failed.value).partition("\n")[0]
        assert len(said.split()) >= 3, "it says what is wrong"
        test(mended)
    for again, other, _ in others:
        with pytest.raises(AssertionError):
            again(other)
    assert test.__doc__.endswith(".")


@every_exhibit
def test_the_page_shows_both(exhibit):
    cells = cells_of(exhibit)
    (proof,) = [cell for cell in cells if cell.cell_type == "code" and "prove(" in cell.source]
    (text,) = [output.text for output in proof.outputs if output.output_type == "stream"]
    first, second, *_ = text.splitlines()
    assert first.startswith("with the bug: ")
    assert second == "mended: passes"


@every_exhibit
def test_an_exhibit_has_a_report_what_was_seen_the_cause_and_a_rule(exhibit):
    tale, *others = cells_of(exhibit)
    assert f"[{exhibit.report_name}]({exhibit.report_url})" in tale.source
    bugs = [cell for cell in others if cell.cell_type == "code" and "answer" not in tags(cell)]
    assert any(cell.outputs for cell in bugs), "nothing is to be seen"
    asked = [cell for cell in others if any(tag.startswith("predict-") for tag in tags(cell))]
    assert len(asked) <= 1
    assert all("**Predict before you look.**" in cell.source for cell in asked)
    why = unfolded(others[-1].source)
    assert why.count("**Rule.**") == 1
    assert len(why.split()) > 60


def names_made(source):
    """The names that a cell makes, those of its loops aside."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign):
            found = (n for target in node.targets for n in ast.walk(target))
            names = (n for n in found if isinstance(n, ast.Name))
            yield from (n.id for n in names if isinstance(n.ctx, ast.Store))


@every_floor
def test_no_exhibit_takes_a_name_of_another_so_each_cell_can_be_run_again(floor):
    cells = cells_of_page(floor)
    first = next(i for i, cell in enumerate(cells) if heading(cell) in TITLES)
    takers = {name: "the page" for source in code_of(cells[:first]) for name in names_made(source)}
    for exhibit in (e for e in EXHIBITS if e.floor == floor):
        for source in code_of(cells_of(exhibit)):
            for name in names_made(source):
                assert takers.setdefault(name, exhibit.name) == exhibit.name, name


FRAMEWORKS = {"Keras": "keras|layers", "PyTorch": r"torch|nn|F"}


@every_exhibit
def test_the_frameworks_of_an_exhibit_are_those_that_it_names(exhibit):
    tale, *others = cells_of(exhibit)
    said = re.search(r"^\*\*(.+?)\.\*\*", tale.source, re.M)[1]
    code = "\n".join(code_of(others))
    used = {name for name, words in FRAMEWORKS.items() if re.search(rf"\b({words})\.", code)}
    if exhibit.framework == "all":
        assert said == "Keras, PyTorch and all others"
    elif exhibit.framework == "both":
        assert (said, used) == ("Keras and PyTorch", {"Keras", "PyTorch"})
    else:
        assert (said, {exhibit.framework}) == (exhibit.framework, used)


@every_exhibit
def test_a_bug_says_by_itself_what_the_catalogue_says(exhibit):
    cells = [cell for cell in cells_of(exhibit) if "answer" not in tags(cell)]
    text = "".join(output.get("text", "") for c in cells for output in c.get("outputs", []))
    code = "\n".join(code_of(cells))
    stops, silenced = "Error: " in text, "ignore" in code
    expected = {(True, False): "an error", (False, True): "a warning", (False, False): "nothing"}
    assert exhibit.sign == expected[stops, silenced]


@every_floor
def test_exhibits_stand_in_the_halls_and_in_the_order_of_the_catalogue(floor):
    hall, found = None, []
    for cell in cells_of_page(floor):
        if cell.cell_type == "markdown":
            for level, title in re.findall(r"^(##+) (.+)$", cell.source, re.M):
                hall = title if level == "##" else hall
                if level == "###" and not title.startswith("Exercise"):
                    found.append((hall, title))
    expected = [(e.hall, e.title) for e in EXHIBITS if e.floor == floor]
    assert found == expected


def test_there_are_at_least_twenty_five_and_their_names_are_addresses():
    assert len(EXHIBITS) >= 25
    assert len(set(NAMES)) == len(NAMES)
    assert [slug(exhibit.title) for exhibit in EXHIBITS] == NAMES
    assert len({exhibit.report for exhibit in EXHIBITS}) == len(EXHIBITS)
    for exhibit in EXHIBITS:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+/(issues|pull)/\d+", exhibit.report)
    in_keras, in_torch = (
        [e for e in EXHIBITS if e.framework in {name, "both"}] for name in FRAMEWORKS
    )
    assert len(in_keras) >= 6
    assert len(in_torch) >= 15


def test_the_plan_leads_to_every_exhibit():
    page = "\n".join(cell.source for cell in cells_of_page("ground"))
    plan = page[page.index("## The plan") : page.index("## The bugs in Keras")]
    rows = [line.strip("| ").split(" | ") for line in plan.splitlines() if line.startswith("| ")]
    assert [len(row) for row in rows] == [3] * (1 + len(EXHIBITS))
    for exhibit, (seen, link, _) in zip(EXHIBITS, rows[1:], strict=True):
        above = "" if exhibit.floor == "ground" else f"{PAGES[exhibit.floor][9:]}.ipynb"
        assert link == f"[{exhibit.title}]({above}#{exhibit.name})"
        assert exhibit.title.lower() not in seen.lower()


# `prove` and the catalogue


def fails_on_odd(number):
    assert number % 2 == 0, f"{number} is odd"


def test_prove_prints_what_the_test_says(capsys):
    prove(fails_on_odd, 3, 4)
    assert capsys.readouterr().out == "with the bug: 3 is odd\nmended: passes\n"


def test_prove_refuses_a_test_that_accepts_the_bug():
    with raises_sentence(ValueError, "fails_on_odd accepts the bug"):
        prove(fails_on_odd, 2, 4)


def test_prove_takes_an_error_of_the_bug_for_a_failure(capsys):
    def is_whole(text):
        int(text)

    prove(is_whole, "a", "1")
    said = "ValueError: invalid literal for int() with base 10: 'a'"
    assert capsys.readouterr().out == f"with the bug: {said}\nmended: passes\n"
    with pytest.raises(ValueError, match="'b'"):
        prove(is_whole, "a", "b")


def test_the_page_shows_prove_as_it_is(capsys):
    shown = names_of("ground")["prove"]
    for bug in (3, "three"):  # "three" % 2 raises a TypeError
        for version in (prove, shown):
            version(fails_on_odd, bug, 4)
        ours, theirs, _ = capsys.readouterr().out.split("mended: passes\n")
        assert ours.splitlines()[0] == theirs.splitlines()[0]
    for version in (prove, shown):
        with pytest.raises(ValueError, match="accepts the bug"):
            version(fails_on_odd, 2, 4)
        with pytest.raises(AssertionError, match="5 is odd"):
            version(fails_on_odd, 3, 5)


def test_prove_does_not_hide_that_the_mended_program_fails():
    with pytest.raises(AssertionError, match="5 is odd"):
        prove(fails_on_odd, 3, 5)


def test_an_exhibit_is_found_by_its_name():
    exhibit = find_exhibit("one-answer-a-row")
    assert exhibit.title == "One answer a row"
    assert exhibit.link == "chapters/14_bug_museum.html#one-answer-a-row"
    assert exhibit.report_name == "keras#5447"
    assert exhibit.report_url == "https://github.com/keras-team/keras/issues/5447"
    assert_sentence(f"{exhibit.bug.capitalize()}.")
    with raises_sentence(ValueError, "'one-answer'", "'one-answer-a-row'"):
        find_exhibit("one-answer")


def test_the_catalogue_loads_no_framework():
    code = f"import sys, {museum.__name__}; print({{'keras', 'torch'}} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


# what the answers say of the other framework, and of the price


def test_keras_joins_the_final_states_of_both_directions():
    from keras import layers

    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    both = layers.Bidirectional(layers.GRU(4))
    before = np.array(both(x))
    for step in (0, 4):
        other = x.copy()
        other[:, step] += 1
        assert (np.abs(both(other) - before).max(axis=0) > 0).all()


def test_an_lstm_is_copied_by_shape_between_keras_and_pytorch():
    import torch
    from keras import layers

    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 5, 3)).astype("float32")
    source = layers.LSTM(4, return_sequences=True)
    source.build((None, None, 3))
    kernel, recurrent, _ = source.get_weights()
    bias = rng.normal(size=16).astype("float32")
    source.set_weights([kernel, recurrent, bias])
    lstm = torch.nn.LSTM(3, 4, batch_first=True)
    arrays = kernel.T, recurrent.T, bias, np.zeros_like(bias)
    for weight, array in zip(lstm.parameters(), arrays, strict=True):
        weight.data = torch.tensor(array)
    given = lstm(torch.tensor(x))[0].detach().numpy()
    np.testing.assert_allclose(given, source(x), atol=1e-5)


def test_a_masked_step_of_keras_repeats_the_last_state():
    from keras import layers

    x = np.random.default_rng(0).normal(size=(1, 5, 3)).astype("float32")
    hs = np.array(layers.GRU(4, return_sequences=True)(x, mask=np.array([[1, 1, 0, 0, 0]]) == 1))
    np.testing.assert_array_equal(hs[:, 2:], np.repeat(hs[:, 1:2], 3, axis=1))


def test_pytorch_stops_at_an_update_between_two_pieces_of_a_kept_history():
    import torch

    cell = torch.nn.RNNCell(2, 3)
    sgd = torch.optim.SGD(cell.parameters(), 0.1)

    def read_piece(h):
        for _ in range(2):
            h = cell(torch.ones(1, 2), h)
        h.sum().backward(retain_graph=True)
        sgd.step()
        return h

    h = read_piece(torch.zeros(1, 3))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        read_piece(h)


def test_giving_new_values_to_a_loop_variable_detaches_nothing():
    import torch

    lstm = torch.nn.LSTM(2, 3)
    _, state = lstm(torch.ones(4, 1, 2))
    for part in state:
        part = part.detach()
    assert all(part.requires_grad for part in state)
    assert not any(part.requires_grad for part in tuple(part.detach() for part in state))


def test_padding_idx_masks_nothing():
    import torch

    torch.manual_seed(0)
    embed = torch.nn.Embedding(4, 3, padding_idx=0)
    gru = torch.nn.GRU(3, 5, batch_first=True)
    short, long = (gru(embed(torch.tensor([ids])))[1] for ids in ([1, 2], [1, 2, 0]))
    assert not torch.equal(short, long)
    assert torch.equal(embed.weight[0], torch.zeros(3))


def test_the_share_of_a_second_softmax():
    import torch

    for V, cost in ((7, 1.17), (1000, 5.91)):
        sure = torch.nn.functional.one_hot(torch.tensor([0]), V) * 1000.0
        found = torch.nn.functional.cross_entropy(sure.softmax(dim=-1), torch.tensor([0]))
        assert abs(found.item() - cost) < 0.005


def test_a_padded_row_read_from_both_ends_has_to_be_packed():
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence

    torch.manual_seed(0)
    gru = torch.nn.GRU(3, 5, batch_first=True, bidirectional=True)
    row = torch.randn(1, 3, 3)
    padded = torch.nn.functional.pad(row, (0, 0, 0, 9))
    alone, filled = gru(row)[1], gru(padded)[1]
    packed = gru(pack_padded_sequence(padded, torch.tensor([3]), batch_first=True))[1]
    assert ((alone - filled).abs().amax(dim=(1, 2)) > 0.02).all()  # either direction
    torch.testing.assert_close(packed, alone)


def test_states_of_layers_and_of_cells():
    import torch

    x = torch.randn(4, 6, 3)
    for layer in (torch.nn.RNN, torch.nn.GRU, torch.nn.LSTM):
        for first in (True, False):
            _, h = layer(3, 5, num_layers=2, batch_first=first)(x if first else x.transpose(0, 1))
            assert (h[0] if isinstance(h, tuple) else h).shape == (2, 4, 5)
    for cell in (torch.nn.RNNCell, torch.nn.GRUCell, torch.nn.LSTMCell):
        h = cell(3, 5)(x[:, 0])
        assert (h[0] if isinstance(h, tuple) else h).shape == (4, 5)


def test_a_sum_of_losses_keeps_the_graph_of_every_batch():
    import torch

    weight, total, count = torch.ones(1, requires_grad=True), 0, 0.0
    kept = []
    operations = cells_and_names("slower-and-slower")["operations"]
    for _ in range(3):
        loss = (weight * 2).tanh().sum()
        total, count = total + loss, count + loss.item()
        kept.append(operations(total.grad_fn))
    assert kept[0] < kept[1] < kept[2]
    assert isinstance(count, float)


def cells_and_names(name):
    """The names that the cells of an exhibit make."""
    names = names_of(find_exhibit(name).floor)
    with contextlib.redirect_stdout(io.StringIO()):
        for source in code_of(cells_of(find_exhibit(name))):
            exec(source, names)
    return names


def test_the_loss_of_pytorch_stretches_too_with_a_warning():
    import torch

    with pytest.warns(UserWarning, match="broadcasting"):
        found = torch.nn.functional.mse_loss(torch.zeros(4), torch.arange(4.0)[:, None])
    every_pair = (torch.zeros(4) - torch.arange(4.0)[:, None]).square()
    assert every_pair.shape == (4, 4)
    assert found == every_pair.mean()


def test_a_replaced_layer_is_counted_and_does_not_move():
    import torch

    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
    count = sum(p.numel() for p in net.parameters())
    sgd = torch.optim.SGD(net.parameters(), 0.1)
    net[1] = torch.nn.Linear(3, 1)
    assert sum(p.numel() for p in net.parameters()) == count
    before = net[1].weight.clone()
    net(torch.ones(1, 2)).sum().backward()
    sgd.step()
    assert net[1].weight.grad.abs().sum() > 0
    assert torch.equal(net[1].weight, before)


def test_a_network_learns_two_thousand_throws_by_heart():
    import torch

    dice = torch.tensor(np.random.default_rng(1).integers(6, size=2001))
    inputs, targets = dice[:-1].reshape(100, 20), dice[1:].reshape(100, 20)
    torch.manual_seed(0)
    embed, gru = torch.nn.Embedding(6, 8), torch.nn.GRU(8, 128, batch_first=True)
    parts = torch.nn.ModuleList([embed, gru, torch.nn.Linear(128, 6)])
    adam = torch.optim.Adam(parts.parameters(), 0.01)
    for _ in range(15):
        for rows in torch.randperm(100).split(10):
            logits = parts[2](gru(embed(inputs[rows]))[0])
            loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets[rows])
            adam.zero_grad()
            loss.backward()
            adam.step()
    assert loss < np.log(6) - 0.3


def test_after_an_infinite_loss_the_gradient_is_nan():
    import torch

    names = cells_and_names("one-zero-spoils-all")
    given = names["guesses"].clone().requires_grad_()
    loss = names["log_loss"](given, names["thousand"])
    loss.backward()
    assert loss.isinf()
    assert given.grad.isnan().any()
    assert not torch.isnan(names["guesses"]).any()
