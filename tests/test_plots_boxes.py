"""A text in boxes: they hold it as it is laid out in rows."""

import matplotlib as mpl
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation

from rnnlib.plots.boxes import draw_marked, draw_stream
from rnnlib.plots.style import COLORS
from rnnlib.text.vocab import Vocab
from rnnlib.text.windows import make_streams
from tests.figures import draw
from tests.helpers import raises_sentence

TEXT = "abcdefghijklmn opqrs\ntuvwx"  # 26 characters: 2 rows of 3 pieces of 4, and two more


def words(ax):
    """{(row, place from the left): text} of all that is written, arrows aside."""
    found = [text for text in ax.texts if not isinstance(text, Annotation)]
    return {(round(y), x): text.get_text() for text in found for x, y in [text.get_position()]}


def boxes(ax):
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_rows_and_batches_are_those_of_make_streams(ax):
    assert draw_stream(ax, TEXT, 2, 4) is None
    vocab = Vocab(TEXT)
    inputs, targets = make_streams(vocab.encode(TEXT), 2, 4)
    found = words(ax)
    shown = str.maketrans(" \n", "␣⏎")
    for b in range(2):
        row = "".join(found[b, x] for x in range(14) if (b, x) in found)
        assert row == "".join(vocab.decode(piece) for piece in inputs[:, b]).translate(shown)
        assert found[b, 15] == vocab.decode(targets[-1, b, -1:]).translate(shown)
    draw(ax)


def test_only_what_follows_a_long_row_has_a_pink_edge(ax):
    draw_stream(ax, TEXT, 2, 4)
    pink = [
        box for box in boxes(ax) if mpl.colors.same_color(box.get_edgecolor(), COLORS["accent"])
    ]
    assert len(boxes(ax)) == 2 * (3 * 4 + 1)
    assert sorted((box.get_x() + 0.45, box.get_y() + 0.38) for box in pink) == [(15, 0), (15, 1)]


def test_shades_change_from_batch_to_batch_and_arrows_join_pieces_of_one_row(ax):
    draw_stream(ax, TEXT, 2, 4)
    shade = {}
    for box in boxes(ax):
        batch = int((box.get_x() + 0.45) // 5)
        shade.setdefault(batch, set()).add(box.get_facecolor())
    assert [len(shade[batch]) for batch in range(3)] == [1, 1, 1]
    assert shade[0] == shade[2] != shade[1]
    arrows = [text for text in ax.texts if isinstance(text, Annotation)]
    assert len(arrows) == 2 * 3
    assert all(arrow.xy[1] == arrow.xyann[1] for arrow in arrows)
    assert sorted({arrow.xy[0] for arrow in arrows}) == [-0.5, 4.5, 9.5]
    assert [text for (_, x), text in words(ax).items() if x < 0] == ["0", "0"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["batch 0", "batch 1", "batch 2"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["row 0", "row 1"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # row 0 on top


@pytest.mark.parametrize(("batch_size", "length", "piece"), [(7, 4, "29"), (0, 4, "batch_size")])
def test_a_text_that_fills_no_batch_is_refused(ax, batch_size, length, piece):
    with raises_sentence(ValueError, piece):
        draw_stream(ax, TEXT, batch_size, length)


def test_marks_are_the_shade_and_the_edge_of_each_character(ax):
    draw_marked(ax, "a b", {"first": "it ", "second": "b t"})
    accent, grey = (mpl.colors.to_rgba(c) for c in (COLORS["accent"], "#BFBFBF"))
    edges = [patch.get_edgecolor() for patch in boxes(ax)]
    assert edges == [grey, accent, grey, accent, grey, accent]
    faces = [patch.get_facecolor() for patch in boxes(ax)]
    assert faces[0] == faces[3] != faces[1] == faces[5] != faces[2] == faces[4]
    assert words(ax)[1, 2] == "b"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "second"]
