"""Family names of many countries, out of the lists that the faker wheel carries (MIT).

The lists stand in Python files. None of them is run: a syntax tree is enough to read a list.
Where a country has different forms for women and men, the form for men is read, so that two forms
of one name cannot fall on both sides of a split.
"""

import ast
from collections.abc import Mapping, Sequence

import numpy as np

from rnnlib.data.wheels import FAKER, read_from_wheel

# country: the folder of its list in the wheel, and what the lists in it are called
COUNTRIES = {
    "Croatia": ("hr_HR", ("last_names",)),
    "Czechia": ("cs_CZ", ("last_names_male",)),
    "Denmark": ("da_DK", ("last_names",)),
    "England": ("en_GB", ("last_names",)),
    "Estonia": ("et_EE", ("last_names_est",)),
    "Finland": ("fi_FI", ("last_names",)),
    "France": ("fr_FR", ("last_names",)),
    "Germany": ("de_DE", ("last_names",)),
    "Ghana": ("tw_GH", ("last_names_male", "last_names_female")),
    "Hungary": ("hu_HU", ("last_names",)),
    "Indonesia": ("id_ID", ("last_names_male", "last_names_female")),
    "Ireland": ("ga_IE", ("last_names",)),
    "Italy": ("it_IT", ("last_names",)),
    "Netherlands": ("nl_NL", ("last_names",)),
    "Poland": ("pl_PL", ("unisex_last_names", "male_last_names")),
    "Portugal": ("pt_PT", ("last_names",)),
    "South Africa": ("zu_ZA", ("last_names_male",)),
    "Spain": ("es_ES", ("last_names",)),
    "Sweden": ("sv_SE", ("last_names",)),
    "Turkey": ("tr_TR", ("last_names",)),
}


def load_names() -> dict[str, tuple[str, ...]]:
    """{country: its family names, each once, in alphabetical order}.

    A name that several countries share stands with each. Raises CorpusError without the wheel.
    """
    paths = [f"faker/providers/person/{folder}/__init__.py" for folder, _ in COUNTRIES.values()]
    sources = zip(COUNTRIES.items(), read_from_wheel(FAKER, *paths), strict=True)
    return {country: read_lists(source, lists) for (country, (_, lists)), source in sources}


def read_lists(source: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """The strings of some lists of the class Provider in a Python file, which is not run.

    A list is a tuple or list of strings or pairs (string, frequency), or an OrderedDict of pairs.
    """
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    values = {}
    for node in (line for found in classes if found.name == "Provider" for line in found.body):
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and isinstance(node, ast.Assign | ast.AnnAssign):
            values[target.id] = node.value
    names = {" ".join(text.split()) for name in wanted for text in _strings(values[name])}
    return tuple(sorted(names))


def _strings(node):
    """Every string of a list of strings or of pairs that begin with one."""
    if isinstance(node, ast.Call) and len(node.args) == 1:
        node = node.args[0]  # OrderedDict(...)
    for item in getattr(node, "elts", ()):
        if isinstance(item, ast.Tuple | ast.List) and item.elts:
            item = item.elts[0]
        if isinstance(item, ast.Constant) and isinstance(item.value, str):
            yield item.value


def find_shared(names: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """{name: its countries} for every name that more than one country has."""
    return {name: tuple(found) for name, found in _countries_of(names).items() if len(found) > 1}


def _countries_of(names):
    """{name: [its countries]}."""
    found: dict[str, list[str]] = {}
    for country, its_names in names.items():
        for name in its_names:
            found.setdefault(name, []).append(country)
    return found


def split_names(
    names: Mapping[str, Sequence[str]], shares: Sequence[float] = (0.7, 0.15, 0.15), seed: int = 0
) -> list[list[tuple[str, str]]]:
    """Share names out to several parts, such as to train, to choose by, and to test.

    Returns for each part its pairs (name, country), in random order. A name goes to one part with
    all its countries, so that no name is trained on and tested. Each country keeps about the same
    shares, and has a name in each part. Raises ValueError for shares that are not positive or do
    not sum to 1, and for a country with fewer names than there are parts.
    """
    if min(shares, default=0) <= 0 or not np.isclose(sum(shares), 1):
        raise ValueError(f"shares must be positive and sum to 1, not {tuple(shares)}.")
    homes = _countries_of(names)
    rng = np.random.default_rng(seed)
    parts: list[list[tuple[str, str]]] = [[] for _ in shares]
    placed: dict[str, int] = {}
    for country in sorted(names, key=lambda one: len(names[one])):  # the smallest choose first
        mine = [name for name in names[country] if name not in placed]
        if len(mine) < len(shares):
            raise ValueError(
                f"{country} has {len(mine)} names of its own, too few for {len(shares)} parts. "
                "Leave it out, or give it more names."
            )
        cuts = np.round(np.cumsum(shares) * len(mine)).astype(int)
        cuts = np.maximum.accumulate(np.maximum(cuts, np.arange(1, len(shares) + 1)))
        cuts = np.minimum(cuts, len(mine) - np.arange(len(shares))[::-1])
        for place, i in enumerate(rng.permutation(len(mine))):
            placed[mine[i]] = int(np.searchsorted(cuts, place, side="right"))
    for name in sorted(placed):
        parts[placed[name]] += [(name, country) for country in homes[name]]
    return [[part[i] for i in rng.permutation(len(part))] for part in parts]
