"""axe sees what it is to see on a page whose words are thinned out, and tabs are accessible."""

import pytest

from tests.site.axe import COLORS, UNKNOWN, check_accessible, check_colors, judge_page
from tests.site.visits import PHONE, visit


def test_tabs_are_accessible(page, base, panels):
    visit(page, base + panels, viewport=PHONE)
    assert page.get_by_role("tab").count() > 1
    check_accessible(page)


TEXTS = (
    ".framework-torch .highlight .kn",
    "section:last-of-type > p:last-of-type",
    ".bd-sidebar-primary li:nth-child(3) > a",
    ".cell_output pre",
)


def paint(page, grey):
    """A colour of its own for each of the texts, grey as this ("cc"); returns the colours."""
    inks = {text: f"#{2 * grey}{number:02}" for number, text in enumerate(TEXTS, 60)}
    rules = [f"{text}, {text} * {{ color: {ink} !important }}" for text, ink in inks.items()]
    page.add_style_tag(content="\n".join(rules))
    return inks.values()


def test_a_pale_text_among_thousands_is_seen(page, base, panels):
    visit(page, base + panels)
    check_colors(page)
    inks = paint(page, "cc")
    with pytest.raises(pytest.fail.Exception, match=COLORS) as caught:
        check_colors(page)
    assert [ink for ink in inks if ink not in str(caught.value)] == []


@pytest.mark.parametrize(("scheme", "grey"), [("light", "cc"), ("dark", "33")])
def test_a_pale_text_is_seen_when_a_whole_page_is_judged(page, base, panels, scheme, grey):
    visit(page, base + panels)
    inks = paint(page, grey)
    faults, colors, _ = judge_page(page, UNKNOWN)
    assert faults == []
    found = [fault for fault in colors if fault.startswith(scheme)]
    assert [ink for ink in inks if not any(ink in fault for fault in found)] == []


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
