"""How far the loss curves of the three engines part over 1,000 Adam steps on Shakespeare.

    python -m benchmarks.parity

takes a few minutes on one thread, and writes benchmarks/results/parity.json: after every tenth
step the largest difference so far between any two engines, in nats per character, rounded to three
digits. Every engine starts from the same weights and reads the same text.
"""

import numpy as np

from benchmarks import store
from rnnlib.data.texts import load_corpus
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import ENGINES, build
from rnnlib.models.update import Update
from rnnlib.text.vocab import Vocab
from rnnlib.text.windows import make_streams
from rnnlib.training import loop

RESULTS = store.FOLDER / "parity.json"
RECIPE = {
    "embed_size": 32,
    "hidden_size": 64,
    "batch_size": 16,
    "length": 32,
    "learning_rate": 1e-3,
    "clip_norm": 5.0,
    "seed": 0,
}
CURVES = ("rnn float32", "gru float32", "lstm float32", "rnn float64")
STEPS = [1, *range(10, 1001, 10)]  # those stored


def train(cell, dtype, engine, steps):
    """The losses of `steps` Adam steps, (steps,), the state being carried from step to step."""
    text = load_corpus("shakespeare")
    vocab = Vocab(text)
    streams = make_streams(vocab.encode(text), RECIPE["batch_size"], RECIPE["length"])
    config = ModelConfig(
        len(vocab), RECIPE["embed_size"], RECIPE["hidden_size"], cell=cell, dtype=dtype
    )
    model = build(config, engine, RECIPE["seed"])
    update = Update(RECIPE["learning_rate"], RECIPE["clip_norm"])
    batches = zip(*(part[:steps] for part in streams), strict=True)
    step = loop.carry_state(model, lambda state: state)
    return np.array(loop.train(model, batches, update, train_step=step).losses)


def measure(name, steps=STEPS[-1]):
    """The largest difference in loss between any two engines up to each step, (steps,)."""
    losses = [train(*name.split(), engine, steps) for engine in ENGINES]
    return np.maximum.accumulate(np.ptp(losses, axis=0))


def main():
    """Train everything and store what was found."""
    found = {"recipe": RECIPE, "steps": STEPS}
    for name in CURVES:
        gaps = measure(name)
        found[name] = [float(f"{gaps[step - 1]:.3g}") for step in STEPS]
        print(name, found[name][STEPS.index(100)], found[name][-1])
    store.write(RESULTS, found, indent=None)


if __name__ == "__main__":
    main()
