"""The map of the book: its chapters along one road, and the detours as side roads."""

from dataclasses import dataclass

from website.diagrams.sheet import Sheet

LEFT, RIGHT, HIGH = 6, 229, 32


@dataclass
class Stop:
    """A chapter at the road, and the detours that leave it: {file: lines of its title}."""

    file: str
    title: str
    y: int
    detours: dict | None = None


ONE = [
    Stop("ten_minutes", "Ten minutes: a first look", 24),
    Stop("01_text_to_numbers", "1  Turn text into numbers", 74),
    Stop(
        "02_guess_the_next_character",
        "2  Guess the next character",
        124,
        {"smoothing_in_full": ("Smoothing", "in full")},
    ),
    Stop("03_learn_by_small_steps", "3  Learn by small steps", 174),
    Stop("04_hidden_state", "4  Step through a hidden state", 224),
    Stop(
        "05_first_char_rnn",
        "5  Train your first char-RNN",
        274,
        {"why_two_frameworks_disagree": ("Frameworks", "disagree")},
    ),
]
TWO = [
    Stop(
        "06_learn_through_time",
        "6  Learn through time",
        34,
        {"forward_not_backward": ("Gradients,", "forwards")},
    ),
    Stop(
        "07_watch_gradients_fade",
        "7  Watch gradients fade",
        102,
        {"edge_of_chaos": ("The edge", "of chaos")},
    ),
    Stop(
        "08_remember_longer_with_gates",
        "8  Remember longer with gates",
        170,
        {
            "backward_through_gates": ("Gates,", "backwards"),
            "moving_weights": ("Moving", "weights"),
        },
    ),
]
THREE = [
    Stop(
        "09_train_on_real_text",
        "9  Train on real text",
        34,
        {"optimisers_in_detail": ("Optimisers", "in detail")},
    ),
    Stop(
        "10_carry_the_state",
        "10  Carry the state",
        102,
        {"several_processes": ("Several", "processes")},
    ),
    Stop(
        "11_write_new_text", "11  Write new text", 170, {"beam_search": ("Beam search", "in full")}
    ),
    Stop("12_go_deeper", "12  Go deeper", 238),
]
FOUR = [
    Stop(
        "13_what_the_state_knows",
        "13  See what the\nhidden state knows",
        34,
        {"truth_is_known": ("Where truth", "is known")},
    ),
    Stop(
        "14_bug_museum",
        "14  Visit the bug museum",
        102,
        {
            "bug_museum_first_floor": ("Museum,", "first floor"),
            "bug_museum_second_floor": ("Museum,", "second floor"),
        },
    ),
]
FIVE = [
    Stop("15_name_a_language", "15  Name a language", 34),
    Stop("16_forecast_a_series", "16  Forecast a series", 102),
    Stop(
        "17_translate_with_attention",
        "17  Translate with attention",
        170,
        {"spelling_to_sound": ("From spelling", "to sound")},
    ),
    Stop("18_listen", "18  Listen", 238),
]


def draw_map():
    """Five parts of one road. On the welcome page."""
    return [
        _part("From one sentence", ONE, divides=False),
        _part("Through time", TWO, divides=False),
        _part("Real text", THREE, divides=True),
        _part("Look inside", FOUR, divides=True),
        _part("Other sequences", FIVE, divides=True),
    ]


def _part(title, stops, divides):
    """One part; where the road divides, its chapters follow the first, in the fourth part none."""
    beyond = 46 * (len(stops[-1].detours or {" "}) - 1)
    height = stops[-1].y + beyond + (24 if stops is FIVE else 26 if stops is TWO else 42)
    p, road = Sheet(340, height, title), LEFT + 22
    if stops not in (ONE, FOUR):
        p.way([(road, 0), (road, stops[0].y - HIGH / 2)], "data", "lit")
    for stop, after in zip(stops, [*stops[1:], None], strict=True):
        apart = stops is FOUR or (divides and stop is not stops[0])
        left = LEFT + 40 if apart else LEFT
        if stops is FOUR:
            p.way([(road, 0), (road, stop.y), (left, stop.y)], "data", "lit")
            if not after:
                p.way([(road, stop.y), (road, height)], "data", "lit")
        elif divides and after:
            start = (road, stops[0].y + HIGH / 2)
            p.way([start, (road, after.y), (LEFT + 40, after.y)], "data", "lit")
        elif stops is THREE:
            p.way([(road, stop.y), (road, height)], "data", "lit")
        elif not divides:
            end = after.y - HIGH / 2 if after else height
            p.way([(road, stop.y + HIGH / 2), (road, end)], "data", "lit")
        wide = stops in (FOUR, FIVE) and not stop.detours  # a long title, and room for it
        right = 304 if wide else RIGHT
        lines = stop.title.split("\n")
        high = HIGH if len(lines) == 1 else 40
        p.page(left, stop.y, lines, f"../{stop.file}.ipynb", "chapter", right - left, high)
        for n, (file, lines) in enumerate((stop.detours or {}).items()):
            y, fork = stop.y + 46 * n, RIGHT + 7
            p.way([(fork, stop.y) if n else (RIGHT, y), *[(fork, y)] * n, (243, y)], head=False)
            p.page(243, y, lines, f"../detours/{file}.ipynb", "detour", 101, 40)
    return p
