"""The exhibits of the bug museum, and the proof that a test tells a bug from its mending."""

from dataclasses import dataclass
from difflib import get_close_matches

PAGES = {
    "ground": "chapters/14_bug_museum",
    "first": "chapters/detours/bug_museum_first_floor",
    "second": "chapters/detours/bug_museum_second_floor",
}


@dataclass(frozen=True)
class Exhibit:
    """One bug: the name of its section, floor and hall, framework, report, and what it is.

    `framework` is the one that its code is in, "both", or "all" where none is needed. `sign` is
    what a program with the bug says by itself: "nothing", "a warning" or "an error".
    """

    name: str
    floor: str
    hall: str
    framework: str
    report: str
    bug: str
    sign: str = "nothing"

    @property
    def title(self):
        """The heading of its section: the name with a capital and without hyphens."""
        return self.name.replace("-", " ").capitalize()

    @property
    def link(self):
        """Where it stands on the site, seen from the welcome page."""
        return f"{PAGES[self.floor]}.html#{self.name}"

    @property
    def report_url(self):
        """The address of the public report."""
        return f"https://github.com/{self.report}"

    @property
    def report_name(self):
        """How the report is called in a sentence, such as keras#5447."""
        _, repository, _, number = self.report.split("/")
        return f"{repository}#{number}"


def prove(test, broken, mended):
    """Print what `test` says of the bug and of its mending.

    `test(thing)` raises an AssertionError with a sentence for `broken`, or the bug stops with an
    error of its own; for `mended` nothing is raised. Where the test accepts the bug, ValueError.
    Chapter 14.
    """
    try:
        test(broken)
    except AssertionError as failed:
        print("with the bug:", _first_line(failed))
    except Exception as stopped:
        print(f"with the bug: {type(stopped).__name__}: {_first_line(stopped)}")
    else:
        raise ValueError(
            f"{test.__name__} accepts the bug; a test that cannot fail proves nothing. "
            "Change what it asserts until it fails here."
        )
    test(mended)
    print("mended: passes")


def _first_line(error):
    return str(error).partition("\n")[0]


def find_exhibit(name):
    """The exhibit of this name; ValueError names the nearest that exists."""
    for exhibit in EXHIBITS:
        if exhibit.name == name:
            return exhibit
    names = [exhibit.name for exhibit in EXHIBITS]
    (nearest,) = get_close_matches(str(name), names, n=1, cutoff=0)
    raise ValueError(
        f"the museum has no exhibit {name!r}; the nearest is {nearest!r}. "
        "All names are those of its sections, listed in exercises.bug_museum.EXHIBITS."
    )


CATALOGUE = """
ground floor: Shapes and axes
  it-learns-all-the-same | PyTorch | AndersonJo/dqn-pytorch/issues/1
    the layer reads the rows of a batch as steps of time
  one-answer-a-row | Keras | keras-team/keras/issues/5447
    the layer gives its last state where every state was wanted
  every-shape-fits | PyTorch | weirme/FCSN/issues/32
    scores were reshaped where axes had to be moved
  the-last-of-two-directions | PyTorch | yunjey/pytorch-tutorial/issues/149
    half of a bidirectional summary has read one step
  states-that-change-owners | PyTorch | timbmg/Sentence-VAE/issues/15
    the state was reshaped as if the batch came first
ground floor: State
  slower-and-slower | PyTorch | MorvanZhou/PyTorch-Tutorial/issues/57
    the state carries its whole history from chunk to chunk
  detached-and-still-attached | PyTorch | OpenNMT/OpenNMT-py/issues/403
    detach was called, and its result thrown away
  the-memory-of-another-row | Keras | tensorflow/tensorflow/issues/40067
    the state is carried, and neither the order nor the beginning is kept
  the-second-score-differs | Keras | hungpthanh/GRU4REC-pytorch/issues/7
    a state is left over from the text before
  it-stops-at-the-last-batch | PyTorch | udacity/deep-learning-v2-pytorch/pull/398 | an error
    the state was made for another batch size
first floor: Masks and lengths
  packed-and-wrong | PyTorch | fartashf/vsepp/pull/36
    rows were sorted by length and not sorted back
  better-in-long-company | Keras | tensorflow/tensorflow/issues/39146
    a masked loss is divided by the padded length
  short-rows-forget | PyTorch | keitakurita/practical-torchtext/issues/5
    the last step of a padded row is taken for its answer
  a-letter-that-is-never-read | Keras | piskvorky/gensim/issues/1900
    a character has the id that is masked as padding
first floor: Loss
  stuck-well-above-zero | PyTorch | eriklindernoren/Action-Recognition/issues/23
    the softmax is taken twice
  better-than-perfect | PyTorch | pytorch/examples/issues/734
    the loss gets scores where it wants logarithms of probabilities
  too-good-to-be-true | Keras | huggingface/transformers/pull/404
    the target is among the inputs
  one-zero-spoils-all | PyTorch | tensorflow/models/pull/181
    a share is rounded to 0 before its logarithm is taken
first floor: Optimisation
  the-steps-grow | PyTorch | udacity/deep-learning-v2-pytorch/pull/160
    the gradients of all batches add up
  a-layer-that-stands-still | PyTorch | ikostrikov/pytorch-meta-optimizer/issues/11
    the optimiser does not know some of the weights
  no-better-than-a-line | PyTorch | pytorch/tutorials/issues/3791
    the path through time has no nonlinearity
  dropout-without-effect | PyTorch | pytorch/pytorch/issues/5985 | a warning
    dropout acts between layers, and there is one
second floor: Randomness and resuming
  a-bump-after-the-break | PyTorch | PaddlePaddle/Paddle/issues/49382
    the optimiser was not saved with the weights
  good-until-the-next-start | all | karpathy/minGPT/pull/21
    the vocabulary has another order at each start of Python
second floor: Evaluation
  a-score-that-rolls-dice | PyTorch | OpenNMT/OpenNMT/issues/495
    dropout is left on in testing
  a-forecast-one-day-late | all | NourozR/Stock-Price-Prediction-LSTM/issues/2
    a forecast was not compared with repeating the last value
second floor: Writing
  correct-at-a-temperature-of-1 | all | bowang-lab/BLEEP/issues/5
    scores are multiplied by the temperature, not divided
  half-right-then-rubbish | all | usernaamee/keras-wavenet/issues/8
    the window is written before it is moved
second floor: Export and precision
  the-same-weights-another-answer | both | keras-team/keras/issues/15915
    weights were moved by shape, and gates changed places
  nan-in-sixteen-bits | all | openai/gpt-2/pull/122 | a warning
    a number is too large for 16 bits
"""


def _read(catalogue):
    """The exhibits of the table: a line for a hall, and two, indented, for each exhibit."""
    floor = hall = ""
    lines = iter(catalogue.strip().splitlines())
    for line in lines:
        if not line.startswith(" "):
            floor, _, hall = line.partition(" floor: ")
            continue
        name, framework, report, *sign = line.strip().split(" | ")
        yield Exhibit(name, floor, hall, framework, report, next(lines).strip(), *sign)


EXHIBITS = tuple(_read(CATALOGUE))
