"""What `make test-fast` leaves out: the files and the words that it says, and no others."""

from tests.conftest import SLOW, TESTS, needs_keras
from tests.helpers import assert_none


def test_every_pattern_of_what_is_left_out_fits_a_file():
    assert_none(
        [pattern for pattern in SLOW if not list(TESTS.glob(pattern))],
        "No test file or folder has this name any more: mend SLOW in tests/conftest.py.",
    )


def test_tests_of_keras_are_known_by_the_whole_word():
    names = ["test_states[keras-gru]", "test_a_keras_network", "test_the_same_in_Keras"]
    assert all(map(needs_keras, names))
    assert not any(map(needs_keras, ["test_states[torch-gru]", "test_a_kerasless_one"]))
