"""The handout: one page, in the language of the diagrams, and true of both frameworks."""

import re

import keras
import pikepdf
import torch

from tests.test_diagrams import outside, strangers
from tools.browsers import find_browser
from website.paper import handout

SIZES = {"B": 2, "T": 3, "E": 5, "H": 7, "1": 1}


def test_the_handout_is_one_page_of_a4_in_the_language_of_the_diagrams(tmp_path):
    for sheet in (sheet for column in handout.columns() for sheet in column):
        assert [*strangers(sheet), *outside(sheet)] == [], sheet.title
    if find_browser():
        handout.write(tmp_path)
        with pikepdf.open(tmp_path / "one-lecture.pdf") as pdf:
            (page,) = pdf.pages
            assert [round(float(n)) for n in page.MediaBox] == [0, 0, 595, 842]


def test_the_shapes_of_the_handout_are_those_of_the_layers():
    keras_rnn = keras.layers.SimpleRNN(7, return_sequences=True, return_state=True)
    torch_rnn, inputs = torch.nn.RNN(5, 7, batch_first=True), torch.zeros(2, 3, 5)
    for n, (layer, x) in enumerate(((keras_rnn, inputs.numpy()), (torch_rnn, inputs)), 1):
        rows = [re.findall(r"\((.*?)\)", row[n]) for row in handout.SAYS["shapes"]["rows"][1:]]
        said = [tuple(SIZES[i] for i in re.findall(r"\w", shape)) for row in rows for shape in row]
        arrays = [x, *layer(x), *(layer.weights if n == 1 else layer.parameters())]
        assert said == [tuple(array.shape) for array in arrays]
