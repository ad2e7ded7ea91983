"""What a small network writes while it learns: weights/writer_shakespeare in training.

    python -m benchmarks.learning_to_write

trains it again, as `benchmarks.weights` does, up to the last of STEPS, and stores at each of them
what it writes after PROMPT with seed 0, and its loss on the held-out text: half a minute.
"""

import json
from pathlib import Path

from benchmarks.weights import PLANS, texts
from rnnlib.evaluation.scores import score
from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream
from rnnlib.writing import Sampler, generate

RESULTS = Path(__file__).parent / "results" / "learning_to_write.json"
PLAN = PLANS["writer_shakespeare"]
STEPS = (0, 30, 100, 300, 1000)
PROMPT, LENGTH, TAU = "ROMEO:\n", 160, 0.7


def watch(steps=STEPS, held_out_characters=None):
    """The rows: for each of these steps what the network writes, and its held-out loss in nats."""
    vocab, train_ids, held_out = texts(PLAN.text)
    config = ModelConfig(len(vocab), PLAN.embed_size, PLAN.hidden_size, cell=PLAN.cell)
    run, rows = Run(build(config, "torch", 0), PLAN.recipe, vocab), []
    for step in steps:
        if step:
            fit_stream(run, train_ids, stop_at=step, progress=False)
        text = generate(run.model, vocab, PROMPT, LENGTH, Sampler(TAU), rng=0)
        loss = round(score(run.model, held_out[:held_out_characters]).nats, 3)
        rows.append({"step": step, "text": text, "held_out_loss": loss})
    return rows


def main():
    """Store the rows."""
    about = {"prompt": PROMPT, "temperature": TAU, "seed": 0, "recipe": PLAN.recipe.to_dict()}
    RESULTS.write_text(json.dumps(about | {"rows": watch()}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
