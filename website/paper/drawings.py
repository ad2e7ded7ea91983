"""Drawings of the site as files of their own, in the light: for the EPUB, and for a reader to take.

Readers of books and programs for slides know less than browsers, so that no variable of a style
sheet is left in a file.
"""

import re

from website.paper.pages import ET, ROOT, classes, make

KINDS = {"diagram", "reading", "vector"}
DIAGRAMS = ROOT / "chapters" / "diagrams"
SPACES = {"math": "http://www.w3.org/1998/Math/MathML", "svg": "http://www.w3.org/2000/svg"}


def as_file(node):
    """An element as a file of its own."""
    for child in node.iter():
        if child.tag in SPACES:
            child.set("xmlns", SPACES[child.tag])
    code = ET.tostring(node, encoding="unicode", short_empty_elements=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{code}\n'


def plain_colours(code):
    """A drawing of the site in the colours of its light page, without a style sheet's help."""
    code = re.sub(r"light-dark\(\s*([^,()]+|rgb\([^()]*\)),[^()]*(?:\([^()]*\))?\)", r"\1", code)
    code = code.replace("var(--ink)", "#000").replace("var(--page)", "#fff")
    return code.replace("var(--pst-font-family-monospace)", "monospace")


def figure_file(svg):
    """A drawing of a notebook as a file: on white, in black unless it says otherwise."""
    left, top, width, height = svg.get("viewBox").split()
    svg.attrib |= {"width": width, "height": height, "fill": "#000", "font-family": "sans-serif"}
    svg.attrib.pop("aria-hidden", None)
    for image in svg.iter("image"):
        image.attrib.pop("id", None)  # the same one may be drawn twice
    ground = make("rect", x=left, y=top, width=width, height=height, fill="#fff")
    svg.insert(0, ground)
    return plain_colours(as_file(svg))


def reading_file(box):
    """The drawing of the welcome page as one file: names and columns beside each other."""
    names, columns = (svg for svg in box.iter("svg"))
    left, top, width, height = map(float, columns.get("viewBox").split())
    both = make("svg", *names, *columns, viewBox=f"0 {top:g} {left + width:g} {height:g}")
    for node in both.iter():
        found = node.attrib.pop("class", "")
        if node.tag == "rect":
            node.set("fill", "#b2182b" if found == "plus" else "#2166ac")
        elif node.tag == "text":
            node.attrib |= {"font-size": "13", "font-family": "monospace"}
            node.set("text-anchor", "start" if float(node.get("x")) == 0 else "middle")
            node.set("font-weight", "bold" if found == "hit" else "normal")
    return figure_file(both)


def drawing_of(name):
    """The drawing of a figure; one that is shown again adds its page: cut-forward-not-backward."""
    stems = [path.stem for path in DIAGRAMS.glob("*.svg")]
    return max((stem for stem in stems if f"{name}-".startswith(f"{stem}-")), key=len)


def diagram_file(name):
    """A stored diagram in the colours of its light version."""
    code = (DIAGRAMS / f"{name}.svg").read_text(encoding="utf-8")
    sheet = re.search(r"<style>(.*?)</style>", code, re.S)[1]
    light = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", sheet)
    colours = dict(re.findall(r"--([\w-]+):\s*(#\w+)", light)) | {"page": "#ffffff"}
    light = re.sub(r"var\(--pst-font-family-monospace[^()]*\)", "monospace", light)
    light = re.sub(r"var\(--pst-font-family-base[^()]*\)", "sans-serif", light)
    light = re.sub(r"--[\w-]+:[^;]*;", "", light)
    light = re.sub(r"var\(--([\w-]+)\)", lambda name: colours[name[1]], light)
    return code.replace(sheet, spell_out(light))


def spell_out(sheet):
    """Each `:is(a, b)` of a style sheet as selectors of their own."""

    def rule(found):
        selectors = re.split(r",(?![^(]*\))", found[1])
        while any(":is(" in one for one in selectors):
            selectors = [new for one in selectors for new in without_first(one)]
        return f"{','.join(selectors)}{{{found[2]}}}"

    return re.sub(r"([^{}]+)\{([^{}]*)\}", rule, re.sub(r"/\*.*?\*/", "", sheet, flags=re.S))


def without_first(selector):
    """A selector for every choice in its first `:is()`."""
    found = re.search(r":is\(([^()]*)\)", selector)
    if not found:
        return [selector]
    # `.a :is(b, c)` and `.a.b:is(.c, .d)` alike: the choice takes the place of the brackets
    return [selector.replace(found[0], choice.strip(), 1) for choice in found[1].split(",")]


def drawing_in(parent):
    """The drawing that an element of the site holds; None where it holds none."""
    return next((child for child in parent if KINDS & {*classes(child)}), None)


def drawing_file(name, node):
    """A drawing as the file of the figure that has this name."""
    if "diagram" in classes(node):
        return diagram_file(drawing_of(name))
    if "reading" in classes(node):
        return reading_file(node)
    return figure_file(next(node.iter("svg")))
