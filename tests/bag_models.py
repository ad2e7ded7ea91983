"""A family of models as small as can be, in every engine: the class of a bag of ids."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from torch import nn

from rnnlib.functional import softmax
from rnnlib.models import keras_base, numpy_base, torch_base
from rnnlib.models.parts import Dense, Table


@dataclass(frozen=True)
class BagConfig:
    dtype: str = "float64"
    family = "bag"

    def parts(self):
        return [Table("embed", 7, 4), Dense("out", 4, 3, "W_hy", "b_y"), Dense("idle", 2, 2, "W_i")]


class NumpyBag(numpy_base.Model):
    def _call(self, ids):
        return self._params["embed"][ids].mean(axis=1) @ self._params["W_hy"] + self._params["b_y"]

    def _gradients(self, arrays, scale=1.0):
        ids, targets = arrays
        p, bags = self._params, self._params["embed"][ids].mean(axis=1)
        d = softmax(self._call(ids))
        loss = -scale * np.log(d[np.arange(len(ids)), targets]).mean()
        d[np.arange(len(ids)), targets] -= 1
        d *= scale / len(ids)
        grads = {name: np.zeros_like(value) for name, value in p.items()}
        grads["W_hy"], grads["b_y"] = bags.T @ d, d.sum(axis=0)
        d_bag = (d @ p["W_hy"].T / ids.shape[1])[:, None]
        np.add.at(grads["embed"], ids, np.broadcast_to(d_bag, (*ids.shape, 4)))
        return float(loss), grads


class KerasBag(keras_base.Model):
    def _build(self):
        dtype = self.config.dtype
        embed = keras.layers.Embedding(7, 4, dtype=dtype)
        out = keras.layers.Dense(3, dtype=dtype)
        idle = keras.layers.Dense(2, use_bias=False, dtype=dtype)
        embed.build(), out.build((None, 4)), idle.build((None, 2))
        return {"embed": embed, "out": out, "idle": idle}

    def _call(self, ids):
        return self.layers["out"](tf.reduce_mean(self.layers["embed"](ids), axis=1))

    def _loss(self, ids, targets, scale=1.0):
        found = keras.losses.sparse_categorical_crossentropy(
            targets, self._call(ids), from_logits=True
        )
        return scale * tf.reduce_mean(found)


class TorchBag(torch_base.Model):
    def _build(self):
        parts = {"embed": nn.Embedding(7, 4), "out": nn.Linear(4, 3)}
        return nn.ModuleDict(parts | {"idle": nn.Linear(2, 2)})  # a bias that no part names

    def _call(self, ids):
        return self.net["out"](self.net["embed"](ids).mean(dim=1))

    def _loss(self, ids, targets, scale=1.0):
        return scale * nn.functional.cross_entropy(self._call(ids), targets)


BAGS = {"numpy": NumpyBag, "keras": KerasBag, "torch": TorchBag}
