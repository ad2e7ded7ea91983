"""The text of the first sheet, and the numbers in it."""

from website.extensions.imprint import imprint
from website.spreadsheet.numbers import WEIGHTS, learn, work_out

README = """\
# Four steps of a recurrent network, cell by cell

A network with two hidden units reads the letters d, o, g and g, one after the other, and after each
it guesses which letter comes next. It should say o, g, g and o, for the word is doggo: to lie doggo
is to lie hidden. The letter g is read twice. The first time another g follows and the second time
an o, so the letter alone cannot tell. What the network has kept of the letters before has to.

This workbook belongs to the book Hidden State, version {version}. Its cell is the one of chapter 4,
with the same weights, so the first three states are those that the chapter works out for dog. The
way back is that of chapter 6.

## The sheets

Forward: the weights on the left and the four steps on the right, with time running from left to
right. At the top stands the loss.

Backward: the gradient, which is read from right to left. The gradient of a weight stands in the
same cell as the weight: Backward!B15 belongs to Forward!B15.

Step: one step of gradient descent. The new weights stand in the same cells again, and the four
steps are read once more with them.

Check: a weight is moved up a little, then down, and the loss tells whether the gradient was right.

## What to change, and what to watch

[yours] A cell with a thick frame is yours to change.

What the network works out is a formula, and follows at once. Double-click such a number to see
which cells it comes from. Undo brings back what was there before.

## Three things to try

1. Take the memory away. Which columns of Forward will then be alike? Decide first, then set the
four cells of W_hh to 0. Steps 3 and 4 read the same letter, so now they have the same state and
make the same guess. Whatever the other weights are, the surprises of these two steps add up to
2 ln 2 or more, which is 1.386 nats.

2. Let it learn. Set the learning rate on Step to 2. Copy B8:D28 of Step, go to B8 of Forward, and
paste the values only (paste special). That was one step of learning, and the loss on Forward has
gone from {losses[0]:.3f} to {losses[1]:.3f}. After five of them it is {losses[5]:.3f}, and the
right letter is the likeliest at each of the four steps.

3. Go too far. With the weights that stood here first, look at the two changes at the top of Step:
what the slopes promise, and what came. At a learning rate of 0.1 both round to {came[0]:.2f}. At 1
the slopes promise {promised[1]:.2f}, and {came[1]:.2f} comes. At 8 they promise eight times as
much, and the loss goes up. Which rate helps most in one step? (The answer is at the bottom.)

## The colours

[weight] a weight

[state] a state

[output] a guess

[loss] a loss or a gradient

[plain] what is worked out on the way

## The answer

With a learning rate of about {best:.1f} one step helps most: the loss comes to {least:.3f}.
"""


def words():
    """The text of the first sheet, with its numbers."""
    size = sum((grad**2).sum() for grad in work_out(WEIGHTS)[2].values())
    came = [after - before for before, after in (learn(rate, 1) for rate in (0.1, 1))]
    least, best = min((learn(n / 10, 1)[1], n / 10) for n in range(100))
    return README.format(
        losses=learn(2, 5),
        came=came,
        promised=[-0.1 * size, -size],
        best=best,
        least=least,
        **imprint(),
    )
