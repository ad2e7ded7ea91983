"""Panels: neighbouring code cells tagged `numpy`, `keras` or `torch` stand side by side.

The work is done on the doctree, so outputs move with their cell. `static/panels.css` lays the
columns out, `static/panels.js` makes them tabs where the page is narrow.
"""

from docutils import nodes
from sphinx.transforms import SphinxTransform

from rnnlib.plots.style import LABELS

SWITCH = {"both": "Both"} | {name: LABELS[name] for name in ("keras", "torch")}


def tags_of(node):
    """The tags of a code cell; none for any other node."""
    if isinstance(node, nodes.container) and node.get("nb_element") == "cell_code":
        return node.get("cell_metadata", {}).get("tags", [])
    return []


def framework_of(node):
    """The framework a node is tagged with, or None."""
    return next((tag for tag in tags_of(node) if tag in LABELS), None)


def split_into_runs(children):
    """Cut a list of nodes into (is_panel, nodes) runs; a `new-panel` tag starts a new panel."""
    runs = []
    for child in children:
        is_panel = framework_of(child) is not None
        if not runs or runs[-1][0] != is_panel or "new-panel" in tags_of(child):
            runs.append((is_panel, []))
        runs[-1][1].append(child)
    return runs


def make_column(framework, cells):
    """One framework's cells under its label."""
    label = nodes.paragraph("", LABELS[framework], classes=["framework-label"])
    column = nodes.container(classes=["framework-column", f"framework-{framework}"], is_div=True)
    column += [label, *cells]
    return column


def make_panel(cells):
    """A panel with one column for each framework, in the order in which they first appear."""
    columns = {}
    for cell in cells:
        columns.setdefault(framework_of(cell), []).append(cell)
    row = nodes.container(classes=["framework-columns"], is_div=True)
    row += [make_column(framework, found) for framework, found in columns.items()]
    classes = ["framework-panel", *(f"has-{framework}" for framework in columns)]
    return nodes.container("", row, classes=classes, is_div=True)


def mark_columns(table):
    """Cells of a table that compares the frameworks get the class of theirs, if it has both."""
    names = {label: name for name, label in LABELS.items()}
    heads = [names.get(entry.astext()) for entry in next(table.findall(nodes.row))]
    if not {"keras", "torch"} <= set(heads):
        return
    table["classes"].append("framework-table")
    wrapper = nodes.container(classes=["framework-comparison"], is_div=True)
    table.parent[table.parent.index(table)] = wrapper
    wrapper += table
    for row in table.findall(nodes.row):
        for name, entry in zip(heads, row, strict=True):
            entry["classes"] += [f"framework-{name}"] if name else []


class FrameworkPanels(SphinxTransform):
    """Put every run of tagged cells of a page into a panel, and mark tables that compare."""

    default_priority = 800

    def apply(self):
        parents = {}
        for node in self.document.findall(nodes.container):
            if framework_of(node):
                parents[id(node.parent)] = node.parent
        for parent in parents.values():
            children = []
            for is_panel, run in split_into_runs(parent.children):
                children.extend([make_panel(run)] if is_panel else run)
            parent.children = []
            parent.extend(children)
        for table in list(self.document.findall(nodes.table)):
            mark_columns(table)


def compares(node):
    """Whether both frameworks stand in a node, so that a reader may want to see one alone."""
    classes = node.get("classes", ()) if isinstance(node, nodes.Element) else ()
    return "framework-table" in classes or {"has-keras", "has-torch"} <= set(classes)


def add_switch(app, pagename, templatename, context, doctree):
    """The header shows the switch only on pages where there is something to switch."""
    context["framework_switch"] = SWITCH if doctree and any(doctree.findall(compares)) else {}


def setup(app):
    app.add_transform(FrameworkPanels)
    app.connect("html-page-context", add_switch)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
