"""What is kept of a style sheet that is not ours: `website/extensions/used_rules.py`."""

import pytest
import tinycss2

from website.extensions import used_rules

PAGES = '<html><body class="wide calm"><p id="first" class="c">one</p><svg class="d"></svg></body>'
SCRIPT = """open.classList.add("shown"); let minified='<b class="big red">'+"x";"""


def keep(css):
    """What is kept of a sheet for these pages and this script."""
    names = used_rules.Names(PAGES, used_rules.words_in_quotes(SCRIPT))
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return used_rules.squeeze(used_rules.serialise(used_rules.keep_used(rules, names)))


@pytest.mark.parametrize(
    "selector",
    [
        "p",
        "*",
        ":root",
        "p.c",
        ".wide.calm",
        "html>body.calm p#first::before",
        "body:not(.nowhere) p[data-x]:hover",
        ".c.shown",
        ".red.big",
        "p+.shown",
        "SVG",
    ],
)
def test_a_selector_that_an_element_can_match_is_kept(selector):
    assert keep(f"{selector}{{top:0}}") == f"{selector}{{top:0}}"


@pytest.mark.parametrize(
    "selector",
    ["table", ".nowhere", "#second", ".wide.c", "table p", "p > .nowhere", ".open", "p.c.nowhere"],
)
def test_a_selector_that_none_can_match_goes(selector):
    assert keep(f"{selector} {{ top: 0 }}") == ""
    assert keep(f"{selector}, p {{ top: 0 }}") == "p{top: 0}"
    assert keep(f"@media print {{ {selector} {{ top: 0 }} }}") == ""


def test_spaces_that_say_something_stay():
    rule = """p::after{content: "a  ; b";background: url(data:x;y,z);margin: 0 auto}"""
    assert used_rules.squeeze(rule.replace(";margin", " ;\n  margin")) == rule


def test_what_nothing_names_goes():
    css = (
        ":root{--used:1px;--chain:var(--end);--end:2;--script:3;--loose:var(--lost);--lost:4}"
        "p{top:var(--used);left:var( --chain,0);animation: spin 1s}"
        "@keyframes spin{from{top:0}to{top:1px}}@keyframes rest{from{top:0}}"
        ".only{--loose:5}"
    )
    kept = used_rules.drop_unnamed(css, 'style.getPropertyValue("--script")')
    for name in ("--used:", "--chain:", "--end:", "--script:", "keyframes spin"):
        assert name in kept
    for name in ("--loose", "--lost", "rest", ".only"):
        assert name not in kept
