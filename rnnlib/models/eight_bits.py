"""Weights in eight bits: every matrix as whole numbers, with one scale for each output unit."""

import numpy as np

from rnnlib.interface import Params

END = ".scale"  # W_hy.scale holds the scales of W_hy
TOP = 127  # the largest whole number; -128 is left out, so that both signs reach equally far


def pack(params: Params) -> Params:
    """{name: array} with each matrix as int8, rounded to whole multiples of float32 NAME.scale.

    An output unit is the last axis, (..., O) and (O,); in embed..., (V, E) and (V,), it is a
    symbol, a row. Its largest weight becomes 127 or -127. Biases stay as they are. All
    weights must be finite.
    """
    packed = {}
    for name, value in params.items():
        if value.ndim > 1:
            scale = (np.abs(value).max(axis=_inputs(name, value)) / TOP).astype(np.float32)
            scale[scale == 0] = 1  # a unit without weights
            steps = np.round(value / np.expand_dims(scale, _inputs(name, value)))
            packed[name + END] = scale
            value = np.clip(steps, -TOP, TOP).astype(np.int8)
        packed[name] = value
    return packed


def unpack(arrays: Params) -> Params:
    """{name: array} with each matrix in float32 again: whole numbers times their scale.

    Raises ValueError where matrices and scales do not fit.
    """
    scales = {name: value for name, value in arrays.items() if name.endswith(END)}
    whole = {name for name, value in arrays.items() if value.dtype == np.int8}
    params = {name: value for name, value in arrays.items() if name not in scales}
    for name in whole:
        value, scale = arrays[name], scales[name + END]
        units = value.shape[:1] if name.startswith("embed") else value.shape[-1:]
        if value.ndim < 2 or scale.shape != units:
            raise ValueError(f"{name} has the shape {value.shape}, its scale {scale.shape}.")
        params[name] = value.astype(np.float32) * np.expand_dims(scale, _inputs(name, value))
    return params


def _inputs(name, value):
    """The axes along which the weights of one output unit stand."""
    return (1,) if name.startswith("embed") else tuple(range(value.ndim - 1))
