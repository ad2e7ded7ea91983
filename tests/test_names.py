"""The names and the vowels: read out of wheels without running them, and split without a leak."""

import collections
import hashlib
import sys

import numpy as np
import pytest

from rnnlib.data.names import COUNTRIES, find_shared, load_names, read_lists, split_names
from rnnlib.data.vowels import load_vowels, parse_ts
from tests.helpers import raises_sentence

SOURCE = """
raise SystemExit("this file was run")
class Provider:
    plain = ("Bo", "Al ", "Bo")
    typed: tuple = ["Cy"]
    pairs = (("Di", "DI"), ("Ed", "ED"))
    weighed = OrderedDict((("Fay", 0.5), ("Guy", 0.5)))
class Other:
    last = ("Zed",)
"""


@pytest.fixture(scope="module")
def names():
    return load_names()


@pytest.fixture(scope="module")
def parts(names):
    return split_names(names, seed=1)


def test_lists_are_read_however_they_are_written_and_nothing_is_run():
    assert read_lists(SOURCE, ["plain"]) == ("Al", "Bo")
    assert read_lists(SOURCE, ["typed", "pairs"]) == ("Cy", "Di", "Ed")
    assert read_lists(SOURCE, ["weighed"]) == ("Fay", "Guy")


def test_the_names_are_those_of_the_release(names):
    assert list(names) == list(COUNTRIES) == sorted(COUNTRIES)
    assert sum(map(len, names.values())) == 14543
    assert {country: len(names[country]) for country in ("Poland", "Italy", "Turkey")} == {
        "Poland": 3890,
        "Italy": 1164,
        "Turkey": 60,
    }
    text = "\n".join(f"{c}: {' / '.join(mine)}" for c, mine in names.items())
    assert hashlib.sha256(text.encode()).hexdigest() == SHA256
    assert "faker" not in sys.modules


SHA256 = "621a9687c97e0c3339cecb08bc29551622408d1e33694facd20c0ae8ea1e2f03"


def test_names_are_names(names):
    for country, mine in names.items():
        assert list(mine) == sorted(set(mine)), country
        for name in mine:
            assert name == " ".join(name.split())
            assert any(char.isalpha() for char in name)
            assert not any(char.isdigit() for char in name)


def test_shared_names_stand_with_all_their_countries(names):
    shared = find_shared(names)
    assert len(shared) == 250
    assert shared["Marin"] == ("Croatia", "France", "Spain")
    assert all(name in names[country] for name, found in shared.items() for country in found)
    extra = sum(len(found) - 1 for found in shared.values())
    assert len({name for mine in names.values() for name in mine}) == 14543 - extra


def test_no_name_stands_in_two_parts(names, parts):
    spelt = [{name for name, _ in part} for part in parts]
    assert not spelt[0] & spelt[1]
    assert not spelt[0] & spelt[2]
    assert not spelt[1] & spelt[2]
    pairs = [pair for part in parts for pair in part]
    assert collections.Counter(pairs) == collections.Counter(
        (name, country) for country, mine in names.items() for name in mine
    )


def test_every_country_has_about_its_shares(names, parts):
    for share, part in zip((0.7, 0.15, 0.15), parts, strict=True):
        counts = collections.Counter(country for _, country in part)
        for country, mine in names.items():
            assert counts[country] == pytest.approx(share * len(mine), abs=0.06 * len(mine) + 2)


def test_a_split_by_entries_would_leak(names):
    """What split_names prevents: shuffled entries put shared names on both sides."""
    pairs = [(name, country) for country, mine in names.items() for name in mine]
    order = np.random.default_rng(0).permutation(len(pairs))
    cut = int(0.85 * len(pairs))
    train, test = ({pairs[i][0] for i in piece} for piece in (order[:cut], order[cut:]))
    assert len(train & test) > 50


def test_a_seed_gives_the_same_split_and_another_seed_another(names, parts):
    assert split_names(names, seed=1) == parts
    assert split_names(names, seed=2) != parts


def test_small_countries_have_a_name_in_each_part():
    few = {"A": ["a", "b", "c"], "B": list("defghijklm")}
    for seed in range(20):
        for part in split_names(few, seed=seed):
            assert {country for _, country in part} == {"A", "B"}
    with raises_sentence(ValueError, "A has 2 names of its own, too few for 3 parts"):
        split_names({"A": ["a", "b"], "B": list("defg")})
    with raises_sentence(ValueError, "shares must be positive"):
        split_names(few, (0.5, 0.6))
    with raises_sentence(ValueError, "shares must be positive"):
        split_names(few, (1.0, 0.0))


# vowels


def test_the_vowels_are_those_of_the_archive():
    train, test = load_vowels("train"), load_vowels("test")
    assert np.bincount(train.labels).tolist() == [30] * 9
    assert np.bincount(test.labels).tolist() == [31, 35, 88, 44, 29, 24, 40, 50, 29]
    lengths = [len(series) for series in train.series + test.series]
    assert (min(lengths), max(lengths)) == (7, 29)
    assert {series.shape[1] for series in train.series + test.series} == {12}
    assert train.series[0][0, 0] == 1.860936
    assert train.series[0][1, 0] == 1.891651
    assert train.classes == tuple("123456789")
    with raises_sentence(ValueError, "part must be one of train, test"):
        load_vowels("both")


HEAD = "# a comment\n@problemName x\n@classLabel true a b\n@data\n"


def test_a_small_file_is_read():
    found = parse_ts(HEAD + "1,2,3:4,5,6:b\n7:8:a\n")
    assert [series.tolist() for series in found.series] == [[[1, 4], [2, 5], [3, 6]], [[7, 8]]]
    assert found.labels.tolist() == [1, 0]
    assert found.classes == ("a", "b")
