"""Backpropagation through time written out in PyTorch, for wide layers on a processor.

The steps and their chain rule are those of numpy_cells.py, with W as PyTorch keeps it, (GH, H).
autograd would note every small operation of every step; here only whole layers are known to it.

- What a character adds to a step is looked up: a row of the table embed W_ih^T + b, (V, GH).
- The gradient of W_hh is one product for all steps, not one a step and T sums.
- Results go where there is room already: memory asked of the system anew costs up to a quarter.
- tanh(a) = 2 sigmoid(2 a) - 1, since PyTorch's sigmoid takes a third of the time of its tanh.
- In a block of torch.autocast the products are rounded to 16 bits; states and gates are not.

Shapes: B sequences, T time steps, V characters, E embedding, H hidden units, G blocks of weights;
time comes first here, (T, B, ...), so that what a step reads stands together.
"""

from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


class PlainSteps(torch.autograd.Function):
    """Every step of the plain cell: h = tanh(a), a = table[id] + h_prev W^T."""

    @staticmethod
    def forward(
        ctx: Any, table: torch.Tensor, ids: torch.Tensor, W: torch.Tensor, h: torch.Tensor
    ) -> torch.Tensor:
        hs, W = _room_for_states(h, ids), _for_products(W)
        torch.index_select(table, 0, ids.flatten(), out=hs[1:].view(-1, h.shape[-1]))
        for h_prev, h in pairwise(hs):
            _tanh_(_add_product(h, h_prev, W.T))
        ctx.save_for_backward(table, ids, W, hs)
        return hs[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dhs: torch.Tensor) -> tuple:
        table, ids, W, hs = ctx.saved_tensors
        das, dh = torch.empty_like(hs[1:]), torch.zeros_like(hs[0])
        for h, from_above, da in _last_first(hs[1:], dhs, das):
            dh += from_above
            _through_tanh(dh, h, out=da)
            _add_product(dh.zero_(), da, W)
        return _table_gradient(table, ids, das), None, _weight_gradient(das, hs, W), dh


class GRUSteps(torch.autograd.Function):
    """Every step of the GRU: h = g + z (h_prev - g), g = tanh(x_g + r h_g).

    A row of the table holds x_g, r, z, and h_g, which is a bias: h_prev W^T adds to the last three.
    """

    @staticmethod
    def forward(
        ctx: Any, table: torch.Tensor, ids: torch.Tensor, W: torch.Tensor, h: torch.Tensor
    ) -> torch.Tensor:
        H, W = h.shape[-1], _for_products(W)
        hs, gates = _room_for_states(h, ids), F.embedding(ids, table)  # (T, B, 4H)
        parts = (*gates.split(H, -1), gates[..., H:], gates[..., H:-H], hs[:-1], hs[1:])
        for g, r, z, h_g, sums, r_z, h_prev, h in zip(*parts, strict=True):
            _add_product(sums, h_prev, W.T)
            r_z.sigmoid_()
            _tanh_(g.addcmul_(r, h_g))
            torch.lerp(g, h_prev, z, out=h)
        ctx.save_for_backward(table, ids, W, hs, gates)
        return hs[1:]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dhs: torch.Tensor) -> tuple:
        table, ids, W, hs, gates = ctx.saved_tensors
        H = W.shape[1]
        das, dh = torch.empty_like(gates), torch.zeros_like(hs[0])
        parts = (dhs, *gates.split(H, -1), hs[:-1], *das.split(H, -1), das[..., H:])
        for from_above, g, r, z, h_g, h_prev, dg, dr, dz, dh_g, dsums in _last_first(*parts):
            dh += from_above
            carried = dh * z
            _through_sigmoid(dh * (h_prev - g), z, out=dz)
            _through_tanh(dh - carried, g, out=dg)
            _through_sigmoid(dg * h_g, r, out=dr)
            torch.mul(dg, r, out=dh_g)
            dh = _add_product(carried, dsums, W)
        dW = _weight_gradient(das[..., H:], hs, W)
        return _table_gradient(table, ids, das), None, dW, dh


STEPS: dict[type, Any] = {nn.RNN: PlainSteps, nn.GRU: GRUSteps}


def forward(
    rnn: nn.Module, embedding: torch.Tensor, ids: torch.Tensor, state: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """What rnn(embedding[ids], state) returns for ids (B, T), with autograd: hs, now (T, B, H), and
    the last state, as the first (num_layers, B, H).
    """
    rows, ids, ends = embedding, ids.T.contiguous(), []
    for weights, start in zip(rnn.all_weights, state, strict=True):
        hs = STEPS[type(rnn)].apply(_table(rnn, rows, *weights), ids, weights[1], start)
        ends.append(hs[-1])
        rows = hs.flatten(0, 1)  # in the next layer every step of every sequence reads its own row
        ids = torch.arange(len(rows)).view_as(ids)
    return hs, torch.stack(ends)


def _table(rnn, rows, W_ih, W_hh, b_ih, b_hh):
    """What each row would add to a step, biases included, blocks in the order of the steps."""
    if not isinstance(rnn, nn.GRU):
        return F.linear(rows, W_ih, b_ih + b_hh).to(rows.dtype)
    H = rnn.hidden_size
    r_z, x_g = F.linear(rows, W_ih, b_ih).to(rows.dtype).split((2 * H, H), dim=-1)
    b_r_z, b_g = b_hh.split((2 * H, H))
    return torch.cat([x_g, r_z + b_r_z, b_g.expand_as(x_g)], dim=-1)


def _room_for_states(start, ids):
    """Memory for a state before every step and after the last, (T + 1, B, H), the first filled."""
    states = start.new_empty(len(ids) + 1, *start.shape)
    states[0] = start
    return states


def _last_first(*parts):
    """Step by step, from the last to the first."""
    return zip(*(reversed(part.unbind()) for part in parts), strict=True)


def _for_products(W):
    """W in the 16 bits of a block of torch.autocast, or as it is where there is none."""
    if torch.is_autocast_enabled("cpu") and W.dtype == torch.float32:
        return W.to(torch.get_autocast_dtype("cpu"))
    return W


def _add_product(sums, a, W):
    """sums += a W in place, a with as many bits as W."""
    return sums.addmm_(a, W) if a.dtype == W.dtype else sums.add_(a.to(W.dtype) @ W)


def _tanh_(a):
    """tanh, in place."""
    return a.mul_(2).sigmoid_().mul_(2).sub_(1)


def _through_tanh(d, y, out):
    """From dL/dy to dL/da, y = tanh(a): d (1 - y^2)."""
    return torch.addcmul(d, d * y, y, value=-1, out=out)


def _through_sigmoid(d, y, out):
    """From dL/dy to dL/da, y = sigmoid(a): d y (1 - y)."""
    d = d * y
    return torch.addcmul(d, d, y, value=-1, out=out)


def _table_gradient(table, ids, das):
    """A row that was read several times collects all its gradients."""
    return torch.zeros_like(table).index_add_(0, ids.flatten(), das.flatten(0, 1))


def _weight_gradient(das, hs, W):
    """The sum over steps and sequences of da^T h_prev, as one product (GH, H)."""
    das, h_prev = (part.flatten(0, 1).to(W.dtype) for part in (das, hs[:-1]))
    return das.T @ h_prev
