"""Several processes: each reads rows of its own, and only the gradient crosses between them."""

from website.diagrams.rows import cut, draw_piece
from website.diagrams.sheet import Sheet

SHARES = ((0, 1), (2, 3))  # the rows of each process
FRAMES = ((8, 158), (208, 358))  # where each begins and ends: the same on both sheets
GAP = (FRAMES[0][1] + FRAMES[1][0]) / 2


def draw_several_processes():
    """Rows shared out between two processes, and one step that both make.

    Detour: several processes.
    """
    return [_rows_shared_out(), _one_step()]


def _sheet(title):
    p = Sheet(340, 366, title)
    for rank, (top, bottom) in enumerate(FRAMES):
        p.process(-4, top, 348, bottom - top)
        p.note(6, top + 17, f"`process {rank}`", "", "start")
    return p


def _rows_shared_out():
    p = _sheet("Rows shared out")
    places, width, pieces = (46, 144, 242), 80, cut(8, 3)
    for rows, (top, _) in zip(SHARES, FRAMES, strict=True):
        for b, y in zip(rows, (top + 55, top + 108), strict=True):
            p.way([(30, y), (places[0], y)], "state")
            for s, x in enumerate(places):
                p.way([(x + width, y), (x + width + 18, y)], "state")
                draw_piece(p, x, y, pieces[b][s], width)
            p.box(18, y, "`0`", "state", width=24, height=22)
            p.shape(6, y + 21, f"row {b}", "start")
    p.note(170, GAP, "`no state crosses`", "state")
    return p


READ, USED, WRONG, NEW = 6, 122, 186, 300  # pieces, weights, the loss, the new weights


def _one_step():
    """What lies on one side of the mean lies on the other, too."""
    p = _sheet("One step")
    for rank, (rows, side) in enumerate(zip(SHARES, (-1, 1), strict=True)):
        outer, inner = GAP + 115 * side, GAP + 60 * side  # to the loss, and back
        p.way([(READ + 80, outer), (USED - 16, outer)])
        p.way([(USED + 16, outer), (WRONG - 24, outer)])
        p.way([(WRONG, outer - 19 * side), (WRONG, inner), (USED + 40, inner)], "gradient")
        p.way([(USED, inner - 15 * side), (USED, GAP + 17 * side)], "gradient", "lit")
        p.way([(USED + 34, GAP), (NEW, GAP), (NEW, outer - 18 * side)], "gradient", "lit", curve=20)
        for b, y in zip(rows, (outer - 14, outer + 14), strict=True):
            draw_piece(p, READ, y, cut(8, 3)[b][0], 80)
        p.box(USED, outer, "W", "weight", width=32)
        p.box(WRONG, outer, f"L_{rank}", "loss", width=24, height=24)
        p.box(USED, inner, f"∂L_{rank}/∂W", "sum", width=76, height=28)
        p.box(NEW, outer, "`new` W", "weight", width=60)
        p.note(USED, outer + 30 * side, "`the same`", "weight")
        p.note(NEW, outer + 30 * side, "`same again`", "weight")
        p.note(NEW - 10, outer - 36 * side, "`same update`", "gradient", "end")
    p.box(USED, GAP, "`mean`", "sum", width=64, height=30)
    return p
