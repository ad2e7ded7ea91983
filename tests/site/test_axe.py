"""axe sees what it is to see on a page whose words are thinned out, and tabs are accessible."""

import pytest

from tests.site.axe import COLORS, UNKNOWN, check_accessible, check_colors, judge_page
from tests.site.visits import PHONE, visit


def test_tabs_are_accessible(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    assert page.get_by_role("tab").count() > 1
    check_accessible(page)


PALE = [
    ".framework-torch .highlight .kn",
    "section:last-of-type > p:last-of-type",
    ".bd-sidebar-primary li:nth-child(3) > a",
    ".cell_output pre",
]


def test_a_pale_text_among_thousands_is_seen_in_both_themes(page, base, panels):
    visit(page, base + panels)
    for pale in PALE:
        style = page.add_style_tag(content=f"{pale} {{ color: #ccc !important }}")
        with pytest.raises(AssertionError, match=COLORS):
            check_colors(page)
        style.evaluate("style => style.remove()")
    check_colors(page)


@pytest.mark.parametrize(("scheme", "ink"), [("light", "#ccc"), ("dark", "#333")])
def test_a_pale_text_is_seen_when_a_whole_page_is_judged(page, base, panels, scheme, ink):
    visit(page, base + panels)
    rules = "".join(f"{pale} {{ color: {ink} !important }}" for pale in PALE)
    page.add_style_tag(content=f"@media (prefers-color-scheme: {scheme}) {{ {rules} }}")
    faults, colors, _ = judge_page(page, UNKNOWN)
    assert faults == []
    assert len(colors) >= len(PALE)
    assert {fault.partition(":")[0] for fault in colors} == {scheme}


FAULTS = {
    "link-name": '<svg><a href="#x"><path d="M0 0h9v9z"/></a></svg>',
    "svg-img-alt": '<svg><g role="img"><path d="M0 0h9v9z"/></g></svg>',
    "button-name": '<button><svg><path d="M0 0h9v9z"/></svg></button>',
    "aria-hidden-focus": '<svg aria-hidden="true"><g tabindex="0"><text>word</text></g></svg>',
    "aria-roles": '<svg><text>word</text><text role="word">word</text></svg>',
    "label": "<pre><span>word</span><span><input></span></pre>",
}


def test_what_is_left_out_hides_no_fault(page, base):
    visit(page, base + "404.html")
    add = "faults => { document.querySelector('main').innerHTML += faults.join(''); }"
    page.evaluate(add, [*FAULTS.values()])
    faults, _, _ = judge_page(page, UNKNOWN)
    assert [rule for rule in FAULTS if not any(f.startswith(f"{rule}:") for f in faults)] == []
