"""The plain loop of PyTorch in several processes, beside one that knows of no others."""

import subprocess
import sys

import pytest
import torch
from torch.nn.functional import cross_entropy

from examples import several_torch
from rnnlib.text import Vocab, make_streams

PROGRAM = "examples/several_torch.py"
TEXT = "The quick brown fox jumps over the lazy dog. " * 150


def start(count, text):
    """Run the program in so many processes."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(count), PROGRAM, str(text)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def losses_of_one():
    """The losses of a loop over all rows, without torch.distributed."""
    vocab = Vocab(TEXT)
    inputs, targets = make_streams(
        vocab.encode(TEXT), several_torch.ROWS, several_torch.LENGTH
    )  # fewer batches than steps: the text is read again
    assert len(inputs) < several_torch.STEPS
    torch.manual_seed(0)
    net = several_torch.Net(len(vocab))
    optimizer, losses, state = torch.optim.Adam(net.parameters(), 0.01), [], None
    for step in range(several_torch.STEPS):
        place = step % len(inputs)
        state = None if place == 0 else [part.detach() for part in state]
        logits, state = net(torch.as_tensor(inputs[place]), state)
        loss = cross_entropy(logits.transpose(1, 2), torch.as_tensor(targets[place]))
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.3)
        optimizer.step()
    return losses


@pytest.mark.parametrize("count", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_several_processes_have_the_losses_of_a_loop_in_one(tmp_path, count):
    (tmp_path / "text").write_text(TEXT, encoding="utf-8")
    done = start(count, tmp_path / "text")
    assert done.returncode == 0, done.stderr
    found = [float(line.split()[2]) for line in done.stdout.splitlines()]
    assert found == pytest.approx(losses_of_one()[9::10], abs=1e-3)


@pytest.mark.slow
def test_rows_that_cannot_be_shared_out_are_refused():
    done = start(3, "pangram")
    assert done.returncode == 1
    assert "8 rows cannot be shared out evenly. Start 1, 2, 4 or 8 processes." in done.stderr
