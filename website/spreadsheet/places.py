"""Where everything stands on the sheets, and the formula in each cell.

What belongs together stands in the same cell of each sheet: a weight on `Forward`, its gradient on
`Backward`, its new value on `Step`.
"""

from website.spreadsheet.numbers import LETTERS, WEIGHTS

UNITS, PAIRS = ("unit 1", "unit 2"), ("1 to 1", "1 to 2", "2 to 1", "2 to 2")

# On the left the weights, from column B on: the first row of each, what stands
# above it, and the names of its rows and columns.
WEIGHTS_AT = {
    "W_xh": (8, "from the letter to the units", LETTERS, UNITS),
    "W_hh": (14, "from the old state to the units", UNITS, UNITS),
    "b_h": (19, "bias of the units", ("",), UNITS),
    "W_hy": (23, "from the state to the logits", UNITS, LETTERS),
    "b_y": (28, "bias of the logits", ("",), LETTERS),
}
# On the right the steps, in columns I to L; in H what comes before the first, in M what comes after
# the last. For each group of rows: the first, its style, its words, their names, and a note.
COLUMNS = [*zip("HIJK", "IJKL", "JKLM", strict=True)]
READ, NEXT = 7, 8  # the rows of the letters
UP, DOWN = 40, 80  # on `Check`, how far down the two readings stand
FORWARD = {
    "x": (10, "count", "x: the letter, one-hot", LETTERS, "1 for the letter read"),
    "from_x": (14, "plain", "from the letter", UNITS, "x W_xh: the letter picks its row of W_xh"),
    "from_h": (16, "plain", "from the state before", UNITS, "h W_hh, h of the column before"),
    "a": (18, "plain", "a: the sum", UNITS, "both, and the bias b_h"),
    "h": (21, "state", "h: the state", UNITS, "tanh(a), handed on to the next step"),
    "z": (24, "plain", "z: the logits", LETTERS, "h W_hy + b_y"),
    "e": (27, "plain", "e to the power z", LETTERS, "less the largest z, against overflow"),
    "p": (31, "output", "p: the guess", LETTERS, "softmax: fractions of the sum; bold: what came"),
    "said": (35, "loss", "p of what came", ("",), "the bold number above"),
    "nats": (36, "loss", "surprise in nats", ("",), "-ln p; the loss is the mean of the four"),
}
BACKWARD = {
    "d_z": (10, "loss", "for the logits z", LETTERS, "(p - onehot) / 4: predicted minus came"),
    "above": (14, "loss", "from its own answer", UNITS, "those above, times W_hy transposed"),
    "later": (16, "loss", "from the next step", UNITS, "delta to the right, W_hh transposed"),
    "d_h": (18, "loss", "for the state h", UNITS, "two ways to the loss: two terms, added"),
    "slope": (21, "plain", "slope of the tanh", UNITS, "1 - h squared"),
    "delta": (24, "loss", "delta: for the sum a", UNITS, "for h, times the slope"),
    "share": (27, "loss", "shares of W_hh", PAIRS, "h of the column before, times delta"),
}
F, B = ({name: row for name, (row, *_) in rows.items()} for rows in (FORWARD, BACKWARD))


def span(column, row, count, sign=""):
    """So many cells of a column, from a row down; the sign $ before what is not to slide."""
    return f"{sign}{column}{sign}{row}:{sign}{column}{sign}{row + count - 1}"


def along(row):
    """The four steps of a row."""
    return f"$I{row}:$L{row}"


def forward_at(before, here, after, top):
    """The formulas of a column of the way forward, by the names of `FORWARD`."""
    r = {name: row + top for name, row in F.items()}
    w = {name: row + top for name, (row, *_) in WEIGHTS_AT.items()}
    letter, state = span(here, r["x"], 3), span(before, r["h"], 2)
    x = [f"SUMPRODUCT({letter},{span(j, w['W_xh'], 3, '$')})" for j in "BC"]
    h = [f"SUMPRODUCT({state},{span(j, w['W_hh'], 2, '$')})" for j in "BC"]
    y = [f"SUMPRODUCT({span(here, r['h'], 2)},{span(j, w['W_hy'], 2, '$')})" for j in "BCD"]
    names, shares = span("G", r["p"], 3, "$"), span(here, r["p"], 3)
    return {
        "x": [f"IF({here}${READ}=$G{r['x'] + k},1,0)" for k in range(3)],
        "from_x": x,
        "from_h": h,
        "a": [
            f"{here}{r['from_x'] + k}+{here}{r['from_h'] + k}+${'BC'[k]}${w['b_h']}"
            for k in range(2)
        ],
        "h": [f"TANH({here}{r['a'] + k})" for k in range(2)],
        "z": [f"{y[k]}+${'BCD'[k]}${w['b_y']}" for k in range(3)],
        "e": [f"EXP({here}{r['z'] + k}-MAX({span(here, r['z'], 3)}))" for k in range(3)],
        "p": [f"{here}{r['e'] + k}/SUM({span(here, r['e'], 3)})" for k in range(3)],
        "said": [f"SUMIF({names},{here}${NEXT},{shares})"],
        "nats": [f"-LN({here}{r['said']})"],
    }


def backward_at(before, here, after, top):
    """The formulas of a column of the way back, by the names of `BACKWARD`."""
    w = {name: row for name, (row, *_) in WEIGHTS_AT.items()}
    p, h, d_z, delta = F["p"], F["h"], B["d_z"], B["delta"]
    back = {  # a row of the matrix times a column of numbers, since it is transposed
        "above": [
            [f"Forward!${j}${w['W_hy'] + k}*{here}{d_z + n}" for n, j in enumerate("BCD")]
            for k in range(2)
        ],
        "later": [
            [f"Forward!${j}${w['W_hh'] + k}*{after}{delta + n}" for n, j in enumerate("BC")]
            for k in range(2)
        ],
    }
    return {
        "d_z": [f"(Forward!{here}{p + k}-IF({here}${NEXT}=$G{d_z + k},1,0))/4" for k in range(3)],
        **{name: ["+".join(products) for products in rows] for name, rows in back.items()},
        "d_h": [f"{here}{B['above'] + k}+{here}{B['later'] + k}" for k in range(2)],
        "slope": [f"1-Forward!{here}{h + k}^2" for k in range(2)],
        "delta": [f"{here}{B['d_h'] + k}*{here}{B['slope'] + k}" for k in range(2)],
        "share": [f"Forward!{before}{h + i}*{here}{delta + j}" for i in range(2) for j in range(2)],
    }


def gradient_of(name, i, j):
    """The formula for the gradient of a weight: a sum over the four steps."""
    d_z, delta = along(B["d_z"] + j), along(B["delta"] + j)
    return {
        "W_xh": f"=SUMPRODUCT(Forward!{along(F['x'] + i)},{delta})",
        "W_hh": f"=SUM({along(B['share'] + 2 * i + j)})",
        "b_h": f"=SUM({delta})",
        "W_hy": f"=SUMPRODUCT(Forward!{along(F['h'] + i)},{d_z})",
        "b_y": f"=SUM({d_z})",
    }[name]


def cell_of(name, i, j):
    """Where a weight stands, and on other sheets what belongs to it."""
    return f"{'BCD'[j]}{WEIGHTS_AT[name][0] + i}"


def areas(sheet=""):
    """Where each of the five arrays stands, from corner to corner."""
    return [
        f"{sheet}{cell_of(name, 0, 0)}:{cell_of(name, len(w) - 1, len(w[0]) - 1)}"
        for name, w in WEIGHTS.items()
    ]


def mean_of(top=0):
    """The formula of the loss: the mean surprise."""
    return f"=AVERAGE(I{F['nats'] + top}:L{F['nats'] + top})"


def moved(name, i, j, sign="-", by=""):
    """The formula for a weight moved by the number in D3 times its marks, or what `by` holds."""
    cell = cell_of(name, i, j)
    return f"=Forward!{cell}{sign}$D$3*{by}{cell}"
