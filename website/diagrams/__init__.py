"""Diagrams of what a network is: each is a function without arguments that returns its sheets.

`python -m website.diagrams` writes them to `chapters/diagrams/`, each under its name here.
"""

from website.diagrams.attention import draw_attention
from website.diagrams.backpropagation import draw_chain, draw_cut, draw_fed, draw_graph
from website.diagrams.beam_search import draw_beam
from website.diagrams.book_map import draw_map
from website.diagrams.cell import draw_cell, draw_network, draw_unrolled
from website.diagrams.ctc_listener import draw_listener
from website.diagrams.data_parallel import draw_several_processes
from website.diagrams.fading import draw_fading
from website.diagrams.forecasting import draw_rolled_or_direct
from website.diagrams.gates import draw_gru, draw_highway, draw_lstm
from website.diagrams.layers import draw_dropout, draw_norm
from website.diagrams.legend import draw_language
from website.diagrams.padding import draw_unequal
from website.diagrams.probing import draw_erase, draw_probe
from website.diagrams.rows import draw_hand_on, draw_layout, draw_windows_and_streams
from website.diagrams.windows_or_streams import draw_one_or_ten, draw_window_or_carried

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
