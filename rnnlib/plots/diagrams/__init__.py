"""Diagrams of what a network is: each is a function without arguments that returns its sheets.

`python -m tools.draw` writes them to `chapters/diagrams/`, each under the name that it has here.
"""

from rnnlib.plots.diagrams.asked import draw_one_or_ten, draw_window_or_carried
from rnnlib.plots.diagrams.attention import draw_attention
from rnnlib.plots.diagrams.backwards import draw_chain, draw_cut, draw_fed, draw_graph
from rnnlib.plots.diagrams.book import draw_map
from rnnlib.plots.diagrams.cell import draw_cell, draw_network, draw_unrolled
from rnnlib.plots.diagrams.fading import draw_fading
from rnnlib.plots.diagrams.forecasting import draw_rolled_or_direct
from rnnlib.plots.diagrams.gates import draw_gru, draw_highway, draw_lstm
from rnnlib.plots.diagrams.hearing import draw_listener
from rnnlib.plots.diagrams.layers import draw_dropout, draw_norm
from rnnlib.plots.diagrams.legend import draw_language
from rnnlib.plots.diagrams.looking import draw_erase, draw_probe
from rnnlib.plots.diagrams.processes import draw_several_processes
from rnnlib.plots.diagrams.rows import draw_hand_on, draw_layout, draw_windows_and_streams
from rnnlib.plots.diagrams.tree import draw_beam
from rnnlib.plots.diagrams.unequal import draw_unequal

DIAGRAMS = {
    "map": draw_map,
    "language": draw_language,
    "cell": draw_cell,
    "unrolled": draw_unrolled,
    "network": draw_network,
    "one-or-ten": draw_one_or_ten,
    "window-or-carried": draw_window_or_carried,
    "graph": draw_graph,
    "chain": draw_chain,
    "cut": draw_cut,
    "fed": draw_fed,
    "fading": draw_fading,
    "gru": draw_gru,
    "lstm": draw_lstm,
    "highway": draw_highway,
    "layout": draw_layout,
    "windows-and-streams": draw_windows_and_streams,
    "hand-on": draw_hand_on,
    "several-processes": draw_several_processes,
    "beam": draw_beam,
    "dropout": draw_dropout,
    "norm": draw_norm,
    "probe": draw_probe,
    "erase": draw_erase,
    "unequal": draw_unequal,
    "rolled-or-direct": draw_rolled_or_direct,
    "attention": draw_attention,
    "listener": draw_listener,
}
