"""A character-level RNN in NumPy, Keras and PyTorch: the code behind the book *Hidden State*."""


def __getattr__(name):
    """rnnlib.checkup, loaded when it is asked for."""
    if name != "checkup":
        raise AttributeError(f"rnnlib has no attribute {name!r}. Import a module of it by name.")
    from importlib import import_module

    return import_module("checkup").checkup
