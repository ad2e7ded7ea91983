"""The names by which models of the field take lengths and states, and forget them."""

LENGTH_NAMES = (
    "lengths",
    "length",
    "lens",
    "seq_lengths",
    "seq_lens",
    "input_lengths",
    "x_lengths",
    "src_lengths",
)
STATE_NAMES = (
    "state",
    "states",
    "hidden",
    "hidden_state",
    "h",
    "hx",
    "h0",
    "hc",
    "h_prev",
    "prev",
    "prev_state",
    "initial_state",
    "initial_states",
    "init_state",
    "memory",
)
STARTERS = ("init_hidden", "init_state", "initial_state", "get_initial_state", "begin_state")
RECURRENT = "hh|recurrent_kernel"  # in the name of weights that carry a state on
RESETS = ("reset", "reset_state", "reset_states", "reset_hidden", "clear_state")


def reset_method(model):
    """The method that forgets a model's state, by its usual names, or None."""
    return next((getattr(model, name) for name in RESETS if hasattr(model, name)), None)
