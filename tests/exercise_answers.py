"""Answers that are tried at every exercise: a right one in other clothes, and odd ones.

Each of WRAPPERS makes another form of the same answer: of a value, or of what a function gives. One
that is not meant for this kind of answer gives it back as it is.
"""

import copy
from numbers import Real

import numpy as np

# what an answer is


def is_tensor(value):
    """Whether this is an array of PyTorch or TensorFlow."""
    return type(value).__module__.startswith(("torch", "tensorflow")) and hasattr(value, "dtype")


def is_array(value):
    """Whether this is an array of any of the three."""
    return isinstance(value, np.ndarray) or is_tensor(value)


def is_function(answer):
    """Whether this is a function, and no layer or class, which can be called too."""
    return callable(answer) and not hasattr(answer, "parameters") and not hasattr(answer, "weights")


def numbers_of(value):
    """What holds numbers, in rows of equal length, as an array; None of anything else."""
    if hasattr(value, "detach"):
        value = value.detach()
    if isinstance(value, list | tuple):
        parts = [numbers_of(part) for part in value]
        if not parts or any(part is None or part.shape != parts[0].shape for part in parts):
            return None
    elif isinstance(value, bool) or not (isinstance(value, Real) or is_array(value)):
        return None
    found = np.asarray(value)
    return found if found.dtype.kind in "iufb" else None


# wrappers


def of_arrays(change):
    """A wrapper that changes what holds numbers, and each array of several that belong together."""

    def changed(value):
        if isinstance(value, list | tuple) and any(map(is_array, value)):
            return type(value)(map(changed, value))
        found = numbers_of(value)
        return value if found is None else change(found)

    return changed


def of_sequences(change):
    """A wrapper that puts what an array, a list or a tuple consists of into another holder."""

    def changed(value):
        if (is_array(value) and value.ndim) or type(value) in (list, tuple):
            return change(list(value))
        return value

    return changed


def of_numbers(change):
    """A wrapper for an answer of a single number."""

    def changed(value):
        found = numbers_of(value)
        return value if found is None or found.ndim else change(found)

    return changed


def in_float32(found):
    return found.astype("float32") if found.dtype.kind == "f" else found


def in_torch(found):
    import torch

    return torch.tensor(found)


def with_a_gradient(found):
    return in_torch(found).requires_grad_(found.dtype.kind == "f")


def in_tensorflow(found):
    import tensorflow as tf

    return tf.constant(found)


def in_a_variable(found):
    import tensorflow as tf

    return tf.Variable(found)


WRAPPERS = {
    "in lists": of_arrays(lambda found: found.tolist()),
    "a list of its parts": of_sequences(list),
    "a tuple of its parts": of_sequences(tuple),
    "a generator of its parts": of_sequences(lambda parts: (part for part in parts)),
    "in NumPy": of_arrays(np.array),
    "in float32": of_arrays(in_float32),
    "in PyTorch": of_arrays(in_torch),
    "in PyTorch, with a gradient": of_arrays(with_a_gradient),
    "in TensorFlow": of_arrays(in_tensorflow),
    "in a variable of TensorFlow": of_arrays(in_a_variable),
    "a number of NumPy": of_numbers(lambda found: in_float32(found)[()]),
    "a float": of_numbers(float),
}


class Callable:
    """An object that is called like the function that it holds, and has it as a method too."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *arguments):
        return self.function(*arguments)


CALLED = {
    "an object that can be called": Callable,
    "a method": lambda function: Callable(function).__call__,
}

# exercises that ask for a kind of answer: why, and the wrappers that they refuse

HELD_BY_NUMPY = ("in NumPy", "in float32")
NO_TENSOR = ("in lists", "a list of its parts", "a tuple of its parts", "a generator of its parts")
ASKED_FOR_A_KIND = {
    "4.5": ("a tuple is what the layer gives: outputs and state", ("a tuple of its parts",)),
    "6.6": (
        "the layer reads on from the state, and learns through the states",
        (*WRAPPERS.keys() - {"a list of its parts", "a tuple of its parts"},),
    ),
    "8.4": ("Keras takes arrays of NumPy alone", ("in PyTorch", "in PyTorch, with a gradient")),
    "11.4": ("sampling goes on in the framework's tensors", (*HELD_BY_NUMPY, *NO_TENSOR)),
    "11.5": ("an id is a whole number", ("a float",)),
    "12.5": ("the layers above take the framework's tensors", (*HELD_BY_NUMPY, *NO_TENSOR)),
}


def other_forms(name, answer, given):
    """{form: the same answer in it}, without the kinds that the exercise refuses with a reason.

    given: the answer, or what it gave if it is a function; forms that would not change it are not
    tried.
    """
    _, refused = ASKED_FOR_A_KIND.get(name, ("", ()))
    forms = {
        form: change
        for form, change in WRAPPERS.items()
        if form not in refused and any(change(value) is not value for value in given)
    }
    if is_function(answer):
        of_results = {form: after(change, answer) for form, change in forms.items()}
        return of_results | {form: change(answer) for form, change in CALLED.items()}
    return {form: change(answer) for form, change in forms.items()}


def after(change, function):
    """A function that changes what another gives."""
    return lambda *arguments, **options: change(function(*arguments, **options))


# a wrong one, whatever the exercise

MAY_CHANGE_WHAT_IS_GIVEN = {"11.3": "shares are filtered in place as well"}


class Spoiling:
    """A function with the result of another, which leaves other numbers in what it was given."""

    def __init__(self, function):
        self.function = function
        self.has_spoilt = False  # of some exercises nothing that was given can be changed

    def __call__(self, *arguments):
        copies = (copy.copy(a) if isinstance(a, np.ndarray | list | dict) else a for a in arguments)
        found = self.function(*copies)
        for given in arguments:
            if isinstance(given, np.ndarray) and given.dtype.kind in "biuf":
                np.copyto(given, given == 0, casting="unsafe")
            elif isinstance(given, list | dict):
                given.clear()
            else:
                continue
            self.has_spoilt = True
        return found


# odd answers, of which none may leave a traceback


class Odd:
    """An object whose every question is answered by an error."""

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __hash__ = __float__ = __len__ = __array__ = __iter__ = __bool__ = __repr__ = __eq__


class AlwaysEqual:
    """An object that claims to equal everything, as an array does element by element."""

    def __eq__(self, other):
        return np.array([True, False])

    __hash__ = None


class BrokenError(Exception):
    """An error that cannot even say what it is."""

    def __str__(self):
        raise ValueError


def raising(error):
    def answer(*arguments, **options):
        raise error

    return answer


def forever(*arguments):
    return forever(*arguments)


ODD = {
    "dots": ...,
    "None": None,
    "nan": float("nan"),
    "inf": float("inf"),
    "minus inf": -float("inf"),
    "complex": 1j,
    "too large for a float": 10**400,
    "True": True,
    "empty string": "",
    "string": "no idea",
    "two lines": "two\nlines",
    "bytes": b"27",
    "empty list": [],
    "nested list": [[1], [1, 2]],
    "dict": {"a": 1},
    "set": {1},
    "type": int,
    "module": np,
    "object": object(),
    "odd object": Odd(),
    "equal to everything": AlwaysEqual(),
    "empty array": np.array([]),
    "array of nan": np.full((2, 3), np.nan),
    "large array": np.zeros((30, 40)),
    "array of strings": np.array(["a", "b"]),
    "array of objects": np.array([None, Odd], dtype=object),
    "array of no axes": np.array("x"),
    "generator": (i for i in range(3)),
    "function of nothing": lambda: 0,
    "function to None": lambda *a, **k: None,
    "function to nan": lambda *a, **k: float("nan"),
    "function to a string": lambda *a, **k: "no idea",
    "function to dots": lambda *a, **k: ...,
    "function to an odd object": lambda *a, **k: Odd(),
    "function to an empty array": lambda *a, **k: np.array([]),
    "function to a list of lists": lambda *a, **k: [[1], [1, 2]],
    "function to a negative number": lambda *a, **k: -12345,
    "ValueError": raising(ValueError("two\nlines")),
    "error without a message": raising(KeyError()),
    "BrokenError": raising(BrokenError()),
    "SystemExit": raising(SystemExit(1)),
    "NotImplementedError": raising(NotImplementedError()),
    "AssertionError": raising(AssertionError("not so.")),
    "StopIteration": raising(StopIteration()),
    "RecursionError": forever,
}
