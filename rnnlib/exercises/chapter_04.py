"""Exercises of chapter 4: sliding a window, what a loss can tell, Adam's first step, every step."""

import sys

import numpy as np

from rnnlib.exercises import Exercise, Value, number

WINDOWS = np.array([[0, 1, 2, 3], [10, 11, 12, 13]])
NEXT_IDS = np.array([4, 14])


def slide(windows, next_ids):
    return np.column_stack([windows[:, 1:], next_ids])


def overwrite_all(windows, next_ids):
    windows = windows.copy()
    windows[:] = next_ids[:, None]
    return windows


def replace_last(windows, next_ids):
    return np.column_stack([windows[:, :-1], next_ids])


def roll_rows(windows, next_ids):
    return replace_last(np.roll(windows, -1, axis=0), next_ids)


def write_then_roll(windows, next_ids):
    return np.roll(replace_last(windows, next_ids), -1, axis=1)


def roll_flat(windows, next_ids):
    return np.roll(windows, -1)


def slide_in_place(windows, next_ids):
    windows[:, :-1] = windows[:, 1:].copy()
    windows[:, -1] = next_ids
    return windows


def judge_slide(function):
    given = WINDOWS.copy()
    answer = function(given, NEXT_IDS)
    if answer is None:
        return "the function returns nothing: return the new windows."
    answer = np.asarray(answer)
    if answer.shape != WINDOWS.shape:
        return f"windows of shape {WINDOWS.shape} should stay that shape, not {answer.shape}."
    if (answer == NEXT_IDS[:, None]).all():
        return "the new character stands in every place; it belongs only in the last."
    if np.array_equal(answer, replace_last(WINDOWS, NEXT_IDS)):
        return "the last character was replaced, but the others did not move to the left."
    if (answer[:, :-1] // 10 != WINDOWS[:, :-1] // 10).any():
        return "the two texts have changed places: move along axis 1, the time, not along axis 0."
    if (answer[:, -1] // 10 != NEXT_IDS // 10).any():
        return "the end of one text holds a character of the other: `np.roll` needs an axis."
    if not np.array_equal(answer[:, -1], NEXT_IDS):
        return "the new character is not in the last place; the oldest one came round to the end."
    if not np.array_equal(answer, slide(WINDOWS, NEXT_IDS)):
        return f"[0, 1, 2, 3] and then 4 should give [1, 2, 3, 4], not {answer[0].tolist()}."
    if not np.array_equal(given, WINDOWS):
        return "right, but the windows handed in were changed too: make a new array."
    return None


def keras_first_step(gradient):
    import keras

    weight = keras.Variable(0.0)
    optimizer = keras.optimizers.Adam(0.001)
    optimizer.apply([keras.ops.convert_to_tensor(gradient)], [weight])
    return -float(weight.numpy()) / 0.001  # 0.03 for a gradient of 1e-7


def torch_first_step(gradient):
    import torch

    weight = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.Adam([weight], 0.001)
    weight.grad = torch.tensor(gradient)
    optimizer.step()
    return -weight.item() / 0.001  # 0.91 for a gradient of 1e-7


def judge_first_step(function):
    if function(0.5) is None:
        return "the function returns nothing: return the length of the step."
    large, tiny = abs(float(function(0.5))), abs(float(function(1e-7)))
    if abs(large - 0.001) < 1e-5:
        return "that is the bare step; divide it by the learning rate."
    if abs(large - 0.5) < 1e-3:
        return "that is the step of plain gradient descent; the optimiser must be Adam."
    if not abs(large - 1) <= 1e-3:  # nan is refused as well
        return f"a gradient of 0.5 should give a step of 1 learning rate, not {large:.4g}."
    if tiny > 0.99:
        return "a gradient of 1e-7 gets a full step too: epsilon is missing."
    if not min(abs(tiny - 0.0307), abs(tiny - 0.909)) <= 1e-2:
        return f"for a gradient of 1e-7 the step is {tiny:.3g}, which neither framework gives."
    return None


def judge_every_step(model):
    if isinstance(model, type):
        return "that is the class; make a model of it, and hand that over."
    ids = np.random.default_rng(0).integers(29, size=(2, 10))
    for given in (ids[:1], ids[:, :5]):
        scores = scores_of(model, given)
        if isinstance(scores, tuple | list):
            return "the model returns several things; return the scores alone."
        found = tuple(scores.shape)
        if found == (len(given), 29):
            return "only the last step answers; keep the states of all steps."
        if len(found) == 3 and found[-1] != 29:
            return f"each step gives {found[-1]} numbers; the 29 scores come from one more layer."
        if found != (*given.shape, 29):
            return f"ids of shape {given.shape} should give {(*given.shape, 29)}, not {found}."
    return judge_reading(lambda ids: np.asarray(scores_of(model, ids)), ids)


def judge_reading(read, ids):
    """None when each row is read alone, forwards and with a memory, else the hint."""
    both, late, early = read(ids), ids.copy(), ids.copy()
    late[:, -1] = (late[:, -1] + 1) % 29
    early[:, 0] = (early[:, 0] + 1) % 29
    if not np.allclose(both[1:], read(ids[1:]), atol=1e-5):
        return "a text gets other scores beside another text: are batch and time swapped?"
    if not np.allclose(both[:, :-1], read(late)[:, :-1], atol=1e-5):
        return "a step knows what comes after it; it may look back only."
    if np.allclose(both[:, 1], read(early)[:, 1], atol=1e-7):
        return "a step does not depend on the one before it; a recurrent layer is missing."
    return None


def scores_of(model, ids):
    """What the model gives for an array of ids, in either framework, as an array."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        return model(ids)
    with torch.no_grad():
        return model(torch.from_numpy(ids))


def _answer_shape(*last, time=True):
    return lambda ids: np.zeros((*ids.shape[: 2 if time else 1], *last))


EXERCISES = {
    "4.1": Exercise(
        judge=number(
            31073,
            wrong={
                31201: "that counts two biases in the cell, as PyTorch has them.",
                30945: "the cell has a bias too.",
                31008: "the output layer has a bias too.",
                30880: "both the cell and the output layer have a bias.",
                14689: "the recurrent matrix, state to state, is missing.",
            },
        ),
        solutions={
            "": Value("""
                V, E, H = 65, 32, 128
                answer = V * E + (E * H + H * H + H) + (H * V + V)
                """)
        },
        wrong={
            "two biases": 31201,
            "cell has a bias": 30945,
            "output layer has a bias": 31008,
            "have a bias": 30880,
            "recurrent matrix": 14689,
            "too small": 1125,
        },
    ),
    "4.2": Exercise(
        judge=judge_slide,
        solutions={"": slide},
        wrong={
            "every place": overwrite_all,
            "did not move": replace_last,
            "changed places": roll_rows,
            "came round to the end": write_then_roll,
            "needs an axis": roll_flat,
            "should stay that shape": lambda windows, next_ids: np.append(windows[:, 1:], next_ids),
            "handed in were changed": slide_in_place,
        },
        stub=lambda windows, next_ids: None,
    ),
    "4.3": Exercise(
        judge=number(
            2,
            wrong={
                1: "after an `o` of the windows comes `w`, `x`, `v` or `g`.",
                3: "that is enough, but not the least.",
                4: "`he ` is followed by `q` as well, but that `q` is not among the 34 targets.",
                10: "that is the whole window; far less is needed.",
            },
        ),
        solutions={
            "": Value("""
                text = "The quick brown fox jumps over the lazy dog."
                for k in range(10, 0, -1):
                    nexts = {}
                    for i in range(10, len(text)):
                        nexts.setdefault(text[i - k : i], set()).add(text[i])
                    if all(len(found) == 1 for found in nexts.values()):
                        answer = k
                answer = answer
                """)
        },
        wrong={
            "an `o` of the windows": 1,
            "not the least": 3,
            "not among the 34 targets": 4,
            "far less": 10,
        },
    ),
    "4.4": Exercise(
        judge=number(
            float(np.log(np.e + 28) - 1),
            tolerance=6e-3,
            wrong={
                0.0: "that is the lowest with one softmax; the second one flattens a 1.",
                float(np.log(29)): "that is the loss of a model that knows nothing.",
                float(np.log(np.e + 29) - 1): "beside the 1 there are 28 zeros, not 29.",
            },
        ),
        solutions={"": Value("float(np.log(np.e + 28) - 1)")},
        wrong={
            "second one flattens": 0.0,
            "knows nothing": float(np.log(29)),
            "28 zeros": float(np.log(np.e + 29) - 1),
            "too small": -1.0,
        },
    ),
    "4.5": Exercise(
        judge=judge_first_step,
        solutions={"keras": keras_first_step, "torch": torch_first_step},
        wrong={
            "divide it": lambda gradient: 0.001 * gradient / (gradient + 1e-8),
            "plain gradient descent": lambda gradient: gradient,
            "epsilon is missing": lambda gradient: gradient / abs(gradient),
            "should give a step of 1": lambda gradient: 2.0,
            "neither framework": lambda gradient: gradient / (gradient + 1e-7),
        },
        stub=lambda gradient: None,
    ),
    "4.6": Exercise(
        judge=judge_every_step,
        solutions={
            "keras": Value("""
                import keras
                from keras import layers

                answer = keras.Sequential([
                    keras.Input((None,)),
                    layers.Embedding(29, 8),
                    layers.SimpleRNN(16, return_sequences=True),
                    layers.Dense(29, activation="softmax"),
                ])
                """),
            "torch": Value("""
                import torch
                from torch import nn


                class EveryStep(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.embed = nn.Embedding(29, 8)
                        self.rnn = nn.RNN(8, 16, batch_first=True)
                        self.out = nn.Linear(16, 29)

                    def forward(self, ids):
                        hs, _ = self.rnn(self.embed(ids))
                        return self.out(hs)


                answer = EveryStep()
                """),
        },
        wrong={
            "the last step answers": _answer_shape(29, time=False),
            "one more layer": _answer_shape(16),
            "the scores alone": lambda ids: (_answer_shape(29)(ids), 0),
            "should give": lambda ids: np.zeros((len(ids), 29, 29)),
            "that is the class": dict,
            "batch and time swapped": lambda ids: np.cumsum(np.eye(29)[ids], axis=0),
            "what comes after it": lambda ids: np.eye(29)[ids] + np.eye(29)[ids[:, ::-1]],
            "recurrent layer is missing": lambda ids: np.eye(29)[ids],
        },
    ),
}
