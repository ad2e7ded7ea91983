"""What goes on inside a trained model."""

from rnnlib.probing.fading import influence, jacobians
from rnnlib.probing.gating import gates

__all__ = ["gates", "influence", "jacobians"]
