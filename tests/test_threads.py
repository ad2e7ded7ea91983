"""The number of threads is the fastest of those tried, by a clock that the tests turn."""

import numpy as np
import pytest

from rnnlib.models.config import ModelConfig
from rnnlib.models.engines import build
from rnnlib.training import threads as module
from rnnlib.training.recipe import Recipe
from rnnlib.training.run import Run
from rnnlib.training.stream import fit_stream
from rnnlib.training.threads import (
    SLOWER,
    UPDATES,
    WATCHED,
    Threads,
    choose_threads,
    set_threads,
    thread_counts,
)
from tests.helpers import assert_params_equal, raises_sentence

IDS = np.random.default_rng(0).integers(26, size=3_000)
CONFIG = ModelConfig(26, 4, 8, 1, "gru")


class Machine:
    """A machine on which an update with so many threads takes so many milliseconds."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.number = max(seconds)
        self.now = 0
        self.updates = []

    def set_number(self, number):
        self.number = number

    def clock(self):
        return self.now

    def update(self):
        self.updates.append(self.number)
        self.now += self.seconds[self.number]

    def choose(self):
        return choose_threads(self.update, [*self.seconds])


@pytest.fixture
def make_machine(monkeypatch):
    """A Machine whose threads and clock are those that the module sets and looks at."""

    def make(seconds):
        machine = Machine(seconds)
        monkeypatch.setattr(module, "set_threads", machine.set_number)
        monkeypatch.setattr(module.time, "perf_counter", machine.clock)
        return machine

    return make


def test_the_fastest_number_is_found_and_set(make_machine):
    for seconds, best in (
        ({1: 50, 2: 40}, 2),
        ({1: 40, 2: 50}, 1),
        ({1: 40, 2: 40}, 1),
        ({1: 800, 2: 400, 4: 200, 8: 300}, 4),
        ({1: 800, 2: 400, 4: 200, 6: 100}, 6),
        ({3: 100}, 3),
    ):
        machine = make_machine(seconds)
        found = machine.choose()
        assert machine.number == best == min(found, key=found.get)
        assert found == pytest.approx({number: seconds[number] for number in found})


def test_no_number_is_tried_behind_one_that_is_slower(make_machine):
    machine = make_machine({1: 800, 2: 400, 4: 500, 8: 100})
    assert machine.choose().keys() == {1, 2, 4}
    assert 8 not in machine.updates


def test_a_number_that_is_far_too_slow_is_given_up_at_once(make_machine):
    for slow, calls in ((1000, 1), (130, 3), (51, 1 + UPDATES)):
        machine = make_machine({1: 50, 2: slow})
        machine.choose()
        assert machine.updates == [1] * (1 + UPDATES) + [2] * calls
        assert machine.number == 1


def test_the_first_call_with_a_number_which_prepares_things_does_not_count(make_machine):
    machine = make_machine({1: 50, 2: 40})
    update = machine.update

    def slow_at_first():
        machine.now += 40 if machine.updates.count(machine.number) == 0 else 0
        update()

    machine.update = slow_at_first
    assert machine.choose() == pytest.approx({1: 50, 2: 40})


class Paced:
    """A model whose updates take the time of a Machine."""

    def __init__(self, machine):
        self.model = build(CONFIG, "numpy")
        original = self.model.train_step

        def train_step(*batch):
            machine.update()
            return original(*batch)

        self.model.train_step = train_step


def run_on(machine, steps, change=None):
    """A run on a machine that gets other seconds at a step; what was reported."""
    told, recipe = [], Recipe(4, 16, steps, 0.1, dropout=0.2, reset=0.1)
    run = Run(Paced(machine).model, recipe)
    threads = Threads(run.model, [*machine.seconds])
    threads.report = lambda before, after: told.append((run.step, before, after))
    with threads.watch():
        fit_stream(run, IDS, progress=False, stop_at=None if change is None else change[0])
        if change is not None:
            machine.seconds = change[1]
            fit_stream(run, IDS, progress=False)
    return run, threads, told


def test_a_run_under_watch_is_the_run_without_it(make_machine):
    machine = make_machine({1: 50, 2: 40})
    run, threads, _ = run_on(machine, 120, (30, {1: 50, 2: 2000}))
    recipe = run.recipe
    plain = Run(build(CONFIG, "numpy"), recipe)
    fit_stream(plain, IDS, progress=False)
    assert run.history == plain.history
    assert_params_equal(run.model.get_params(), plain.model.get_params())
    assert (threads.number, machine.number) == (1, 1)
    before = len(machine.updates)  # what the model's train_step was is what it is again
    run.model.train_step(IDS[None, :5], IDS[None, 1:6], run.model.init_state(1), recipe.update(0))
    assert len(machine.updates) == before + 1


def test_the_number_is_chosen_again_when_the_speed_falls(make_machine):
    machine = make_machine({1: 50, 2: 40})
    _, threads, told = run_on(machine, 4 * WATCHED, (WATCHED // 2, {1: 50, 2: 2000}))
    assert told == [(WATCHED, 2, 1)]
    assert threads.seconds[1] == pytest.approx(50)


def test_a_machine_that_is_somewhat_or_altogether_slower_changes_nothing(make_machine):
    for seconds in ({1: 50, 2: 40 * SLOWER - 1}, {1: 3000, 2: 2000}):
        machine = make_machine({1: 50, 2: 40})
        _, threads, told = run_on(machine, 3 * WATCHED, (1, seconds))
        assert told == []
        assert threads.number == machine.number == 2
    twice = 2 * 2 * (1 + UPDATES)  # it was looked at again, once, and found the best still
    assert len(machine.updates) == 3 * WATCHED + twice


def test_where_there_is_one_number_nothing_is_measured(make_machine):
    machine = make_machine({1: 50})
    run_on(machine, 30)
    assert len(machine.updates) == 30


def test_numbers_double_up_to_what_pytorch_takes_unless_one_is_given(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for most, counts in ((1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6]), (8, [1, 2, 4, 8])):
        monkeypatch.setattr(module, "_threads_at_first", lambda most=most: most)
        assert thread_counts() == counts
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert thread_counts() == [8]


def test_threads_of_pytorch_are_set():
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    set_threads(3)
    assert torch.get_num_threads() == 3
    set_threads(before)
    with raises_sentence(ValueError, "threads must be a whole number of at least 1, not 0."):
        set_threads(0)
