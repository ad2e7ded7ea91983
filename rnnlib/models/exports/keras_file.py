"""A Keras model file: `keras.models.load_model(path)` gives the net, inputs [ids, *states].

The ids (B, T) are those of vocabulary.json in the same archive, a list of characters; the states
(B, H) of each layer, in an LSTM h and c, are zeros at first. Out come the logits and the states.
"""

import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from rnnlib.text.vocab import Vocab


def to_bytes(model: Any, vocab: Vocab) -> bytes:
    """The bytes of the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.net.save(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr("vocabulary.json", json.dumps(vocab.chars))
        return path.read_bytes()
