"""What every probe begins with."""

from typing import Any

import numpy as np

from rnnlib.checks import check_ids
from rnnlib.interface import Array, ArrayLike, Model, Params


def prepare(
    model: Model, ids: ArrayLike, state: ArrayLike | None, targets: ArrayLike | None = None
) -> tuple[Params, Array, Array, Any]:
    """The model's parameters, and checked arrays; a state of zeros where none is given."""
    if state is None:
        ids = check_ids(ids, model.config.vocab_size)
        state = model.init_state(max(len(np.atleast_1d(ids)), 1))
    return model.get_params(), *model.config.check_batch(ids, state, targets)
