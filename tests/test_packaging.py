"""What is installed: the wheel declares what it needs, and the lock file keeps to what it says."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from email.parser import Parser

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers import assert_none
from tests.notebooks import ROOT
from tools.import_graph import imported as imported_names
from tools.import_graph import sources

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, GROUPS = PYPROJECT["project"], PYPROJECT["dependency-groups"]
EXTRAS = PROJECT["optional-dependencies"]
PARTS = [PROJECT["dependencies"], *EXTRAS.values(), *GROUPS.values()]
DECLARED = [line for part in PARTS for line in part]
HELD = ("rnnlib", "checkup")  # the packages of the wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel as pip builds it of a copy of the tree, with no network."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in (*HELD, "exercises", "tests", "tools"):
        skip = shutil.ignore_patterns("__pycache__", "*.json", "*.npz")
        shutil.copytree(ROOT / name, source / name, ignore=skip)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps"]
    command += ["--no-build-isolation", "--no-index", "--wheel-dir", source / "out", source]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    (path,) = (source / "out").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def read(wheel, end):
    """The one file of the wheel whose path ends so."""
    (text,) = [text for name, text in wheel.items() if name.endswith(end)]
    return text


def test_the_wheel_holds_library_and_checkup_whole_and_nothing_else(wheel):
    held = {name for name in wheel if ".dist-info/" not in name}
    files = [p for folder in HELD for p in (ROOT / folder).rglob("*") if p.is_file()]
    ours = {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}
    assert held == ours
    assert {"rnnlib/py.typed", "rnnlib/plots/book.mplstyle"} <= held


def needs(wheel):
    """{extra, or "" for all: the names that the wheel asks an installer for}."""
    found = {}
    for line in Parser().parsestr(read(wheel, "/METADATA")).get_all("Requires-Dist"):
        requirement = Requirement(line)
        extra = re.search(r'extra == "(\w+)"', str(requirement.marker))
        assert requirement.specifier, line
        found.setdefault(extra[1] if extra else "", set()).add(requirement.name)
    return found


def test_the_wheel_declares_its_needs_and_leaves_the_frameworks_to_extras(wheel):
    found = needs(wheel)
    assert found.pop("keras") == {"keras", "tensorflow"}
    assert found.pop("torch") == {"torch"}
    assert found.pop("automata") == {"aalpy"}
    assert found.pop("series") == {"statsmodels"}
    assert found.pop("dates") == {"babel"}
    assert found.pop("completion") == {"shtab"}
    elsewhere = {*HELD, "keras", "tensorflow", "torch"}
    elsewhere |= {"IPython", "matplotlib_inline"}  # which a notebook has
    elsewhere |= {"statsmodels", "pandas"}  # of the extra `series`; the first needs the second
    elsewhere |= {"shtab"}  # of the extra `completion`
    imported = {}
    for module, source in sources().items():
        tops = {name.partition(".")[0] for name in imported_names(source)}
        if module.startswith("rnnlib"):
            imported |= dict.fromkeys(tops - sys.stdlib_module_names - elsewhere, module)
    needed = found.pop("")
    assert_none(
        [f"{path} imports {top}" for top, path in imported.items() if top not in needed],
        "Declare it under `dependencies` in pyproject.toml, then run `make lock`.",
    )
    assert found == {}


def test_the_wheel_installs_a_command_of_the_name_rnnlib(wheel):
    entry = read(wheel, "/entry_points.txt")
    assert entry.split() == ["[console_scripts]", "rnnlib", "=", "rnnlib.__main__:run"]


def test_the_command_ends_with_the_exit_code_of_main():
    code = "from rnnlib.__main__ import run; run()"
    command = [sys.executable, "-c", code, "write", "no/such/folder"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("rnnlib write: ")
    assert subprocess.run([*command[:3], "sing"], capture_output=True).returncode == 2


def locked(file="requirements.txt"):
    """{name: versions that the lock file pins}."""
    found, lines = {}, (ROOT / file).read_text(encoding="utf-8").splitlines()
    for requirement in (Requirement(line) for line in lines if line[0] not in "#-."):
        (pin,) = requirement.specifier
        assert pin.operator == "==", requirement
        found.setdefault(canonicalize_name(requirement.name), set()).add(pin.version)
    return found


@pytest.mark.parametrize(("one", "other"), [("torch", "keras"), ("keras", "torch")])
def test_an_install_of_one_framework_has_the_versions_of_both_and_not_the_other(one, other):
    both, found = locked(), locked(f"requirements-{one}.txt")
    both["tensorflow-cpu"] = both["tensorflow"]
    parts = ("automata", "series", "dates", one)
    lines = [line for part in parts for line in EXTRAS[part]] + PROJECT["dependencies"]
    lines += GROUPS["notebooks"] + GROUPS["site"]
    assert {canonicalize_name(Requirement(line).name) for line in lines} <= found.keys()
    assert [name for name in found if found[name] != both.get(name)] == []
    assert not found.keys() & {Requirement(line).name for line in EXTRAS[other]}


def test_each_file_installs_the_library_and_what_is_built_for_processors():
    index = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()[1]
    assert index.startswith("--extra-index-url ")
    skipping = "./tools/one_framework"
    for name, more in {"": [], "-torch": [index, skipping], "-keras": [skipping]}.items():
        lines = (ROOT / f"requirements{name}.txt").read_text(encoding="utf-8").splitlines()
        assert {line for line in lines if line[0] in "-."} == {"-e .", *more}


def test_what_is_declared_is_pinned_inside_its_range():
    pins, faults = locked(), []
    for requirement in map(Requirement, DECLARED):
        versions = pins.get(canonicalize_name(requirement.name), set())
        outside = [v for v in versions if not requirement.specifier.contains(v)]
        if outside or not versions:
            faults.append(f"{requirement}: requirements.txt has {outside or 'none'}")
    assert_none(faults, "Run `make lock`, which writes requirements.txt from pyproject.toml.")


def test_nothing_is_declared_twice():
    names = Counter(canonicalize_name(Requirement(line).name) for line in DECLARED)
    faults = [name for name, count in names.items() if count > 1]
    assert_none(faults, "Declare it once in pyproject.toml.")


def test_the_lock_file_names_no_place_to_load_from_and_no_machine():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert re.findall(r"://|--|@|/|\+", text) == []


def test_the_verbs_of_the_makefile_are_those_that_the_readme_names():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)", makefile, re.M)[1].replace("\\", "").split()
    verbs = set(re.findall(r"^([a-z][\w-]*):(?!=)", makefile, re.M))
    said = set(re.findall(r"(?:^|`)make ([\w-]+)", readme, re.M))
    assert_none(sorted(verbs ^ set(phony)), "Each verb of the Makefile stands in its .PHONY.")
    assert_none(sorted(verbs ^ said), "README.md names each verb of the Makefile, and no other.")


def test_lint_is_the_first_step_of_what_continuous_integration_runs():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for verb in ("test", "test-all"):
        assert re.search(rf"^{verb}: .*\n\t\+\$\(SIDE_BY_SIDE\)\n", makefile, re.M)
    assert re.search(r"^SIDE_BY_SIDE = \$\(MAKE\) .*\blint\b", makefile, re.M)
    assert re.search(r"^make \"\$\{1:-test\}\"$", (ROOT / ".ci" / "run").read_text(), re.M)
