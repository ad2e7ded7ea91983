"""First values, the same for every engine, and the check that parameters fit a model."""

import numpy as np

from rnnlib.models.layout import shapes


def initialise(config, seed=0):
    """First values, the same for every engine: {name: array of config.dtype}.

    Embedding uniform in +-0.05, W_xh and W_hy uniform after Glorot and Bengio (2010), W_hh
    orthogonal after Saxe et al. (2014), biases zero, but 1 for an LSTM's forget gate: what Keras
    does by default. Chapters 5 and 7.
    """
    rng, found = np.random.default_rng(seed), {}
    for part in config.parts():
        found |= part.draw(rng)
    return {name: value.astype(config.dtype) for name, value in found.items()}


def initialise_as_pytorch(config, seed=0):
    """First values as PyTorch's layers draw them: {name: array of config.dtype}.

    Embedding normal with deviation 1, everything else uniform in +-1/sqrt(H); the two biases of a
    plain cell or an LSTM are added into the one of the canonical layout. Chapters 5 to 7.
    """
    rng, limit = np.random.default_rng(seed), config.hidden_size**-0.5
    drawn = {}
    for name, shape in shapes(config).items():
        draw = rng.normal(size=shape) if name == "embed" else rng.uniform(-limit, limit, shape)
        if name.startswith("b_h") and config.cell != "gru":
            draw += rng.uniform(-limit, limit, shape)
        drawn[name] = draw.astype(config.dtype)
    return drawn


def draw_glorot(rng, shape, inputs, outputs):
    """Uniform in +-sqrt(6 / (inputs + outputs)), of this shape."""
    limit = np.sqrt(6 / (inputs + outputs))
    return rng.uniform(-limit, limit, shape)


def draw_orthogonal(shape, rng):
    """(H, GH) whose rows are orthogonal and of length 1."""
    Q, R = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
    Q = Q * np.sign(np.diag(R))  # without the signs, Q is not uniformly distributed
    return Q if Q.shape == shape else Q.T


def check_params(params, config):
    """Return {name: array of config.dtype} in canonical order; ValueError if any does not fit."""
    return check_arrays(params, shapes(config), config.dtype)


def check_arrays(params, expected, dtype):
    """Return {name: array of dtype} in the order of `expected`, {name: shape}; ValueError if any
    does not fit.
    """
    missing, unknown = expected.keys() - params.keys(), params.keys() - expected.keys()
    if missing or unknown:
        raise ValueError(
            f"this model has the parameters {', '.join(expected)}; "
            f"missing: {', '.join(sorted(missing)) or 'none'}, "
            f"unknown: {', '.join(sorted(unknown)) or 'none'}."
        )
    checked = {name: np.array(params[name], dtype, order="C") for name in expected}
    for name, value in checked.items():
        if value.shape != expected[name]:
            raise ValueError(
                f"parameter {name} has the shape {value.shape}, but this model needs "
                f"{expected[name]}. Build the model with the configuration of the weights."
            )
    return checked
