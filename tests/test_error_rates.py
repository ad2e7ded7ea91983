"""Edit distance against its definition, error rates, and where attention looked."""

import operator
from itertools import product

import pytest

from rnnlib.evaluation.error_rates import edit_distance, error_rate, exact_share
from tests.helpers import assert_refused


def neighbours(text, alphabet):
    """Every text that one edit makes of this one."""
    for i in range(len(text) + 1):
        yield from (text[:i] + char + text[i:] for char in alphabet)
        if i < len(text):
            yield text[:i] + text[i + 1 :]
            yield from (text[:i] + char + text[i + 1 :] for char in alphabet)


def fewest_edits(start, longest, alphabet):
    """{text: the fewest edits that lead to it}, by trying all edits, then all pairs of them, ..."""
    found, edge = {start: 0}, {start}
    while edge:
        reached = {near for text in edge for near in neighbours(text, alphabet)}
        edge = {text for text in reached if len(text) <= longest} - found.keys()
        found |= {text: max(found.values()) + 1 for text in edge}
    return found


@pytest.mark.parametrize("start", ["", "a", "ab", "aab", "abba", "babb"])
def test_the_distance_is_the_fewest_edits(start):
    found = fewest_edits(start, 6, "ab")
    for length in range(5):
        for chars in product("ab", repeat=length):
            text = "".join(chars)
            assert edit_distance(start, text) == found[text], text


def test_well_known_distances():
    assert edit_distance("kitten", "sitting") == 3
    assert edit_distance(("K", "AO"), ("K", "AO", "F")) == 1
    assert edit_distance("abc", "") == 3


def test_the_rate_divides_all_edits_by_all_symbols_of_the_nearest_truths():
    assert error_rate(["abc", "x"], [["abd"], ["x"]]) == pytest.approx(1 / 4)
    assert error_rate(["reed"], [["read", "reed"]]) == 0
    assert error_rate(["aaaa"], [["b"]]) == 4
    assert error_rate([["R", "EH", "D"]], [[("R", "IY", "D"), ("R", "EH", "D")]]) == 0


def test_the_rate_does_not_depend_on_the_order_of_the_truths():
    near = ("A", "B", "C"), ("A",)  # both are one edit away
    assert error_rate(["AB"], [near]) == error_rate(["AB"], [near[::-1]]) == 1


def test_exact_is_every_symbol():
    assert exact_share(["ab", [1, 2], "c"], [["ab"], [(1, 2), (3,)], ["cc"]]) == pytest.approx(
        2 / 3
    )


def test_what_cannot_be_compared_gets_a_sentence():
    cases = [
        (lambda: error_rate(["a"], []), "1 sequences and 0 truths"),
        (lambda: error_rate([], []), "at least one"),
        (lambda: error_rate(["a"], [[""]]), "a truth is empty"),
        (lambda: error_rate(["a"], [[]]), "a truth is empty"),
        (lambda: exact_share(["a"], [["a"], ["b"]]), "1 sequences and 2 truths"),
    ]
    assert_refused(operator.call, cases)
