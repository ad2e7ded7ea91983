"""A CharRNN whose rows are shared out among processes, by PyTorch's DDP or FSDP2.

Every process reads rows of its own and carries their states. What it computes from them differs;
DDP takes the mean of all gradients, so that every process then makes the same step. With `shard`
each process keeps a part of the weights and of Adam's memory only (FSDP2), and gathers the rest
when it is needed. `torchrun` starts the processes and tells each its number.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.nn.parallel import DistributedDataParallel

from rnnlib.interface import Array
from rnnlib.models.char_rnn import torch_model
from rnnlib.models.char_rnn.fast import torch_model as fast
from rnnlib.models.config import ModelConfig, choose_device
from rnnlib.models.dropout import draw_mask

PATIENCE = timedelta(minutes=2)  # how long one process waits for another
LOST = (
    "another process of this run has ended, or has not answered for two minutes. Start it again "
    "with --resume, in this or another number of processes."
)


class Group:
    """The processes that train together, of which this is number `rank` of `count`.

    Every method is called by all of them, in the same order.
    """

    def __init__(self, device: str | None = None):
        gpu = choose_device(device, torch.cuda.is_available()) == "gpu"
        if gpu:
            _take_card()
        if not dist.is_available():
            raise ImportError(
                "this PyTorch was built without torch.distributed, which several processes need. "
                "Install one that has it, or start one process."
            )
        if not dist.is_initialized():
            _meet("nccl" if gpu else "gloo")
        self.rank, self.count = dist.get_rank(), dist.get_world_size()
        self._place = torch.device("cuda" if gpu else "cpu")

    def rows(self, batch_size: int) -> slice:
        """Which of `batch_size` rows this process reads: a slice."""
        each, left = divmod(batch_size, self.count)
        if left or not each:
            raise ValueError(
                f"{batch_size} rows cannot be shared out evenly among {self.count} processes. Give "
                f"--batch-size {max(each, 1) * self.count}, or start another number of processes."
            )
        return slice(self.rank * each, (self.rank + 1) * each)

    def mean(self, *numbers: float) -> list[float]:
        """The mean over the processes of each number, in float64."""
        found = torch.tensor(numbers, dtype=torch.float64, device=self._place)
        dist.all_reduce(found)
        return (found / self.count).tolist()

    def whole(self, state: Array) -> Array:
        """The states (L, B, S) of all rows, of those that each process carries."""
        mine = torch.from_numpy(np.ascontiguousarray(state)).to(self._place)
        parts = [torch.empty_like(mine) for _ in range(self.count)]
        dist.all_gather(parts, mine)
        return torch.cat(parts, dim=1).cpu().numpy()

    def of_all(self, thing: Any) -> list[Any]:
        """What each process hands in, in their order."""
        things = [None] * self.count
        dist.all_gather_object(things, thing)
        return things

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Within it, a process that is lost is told of in a sentence, as OSError."""
        try:
            yield
        except RuntimeError as error:
            if isinstance(error, dist.DistError) or "gloo" in str(error):
                raise OSError(LOST) from error
            raise

    def close(self) -> None:
        """Take leave of the others. No model of theirs may be in use any more: DDP, freed after
        its group, can wait for ever for a thread that waits for Python's lock.
        """
        gc.collect()  # frees what only cycles still hold
        if dist.is_initialized():
            dist.destroy_process_group()


def _take_card():
    """Use the graphics card of this process's number on its machine, a card for each."""
    here, cards = int(os.environ.get("LOCAL_WORLD_SIZE", 1)), torch.cuda.device_count()
    if here > cards:
        raise ValueError(
            f"{here} processes want a GPU each, and this machine has {cards}. Start as many, or "
            "give --device cpu."
        )
    torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)))


def _meet(backend):
    """Join the other processes. Raises OSError where they cannot be reached."""
    try:
        dist.init_process_group(backend, timeout=PATIENCE)
    except (dist.DistError, RuntimeError, ValueError) as error:
        place = ":".join(os.environ.get(name, "?") for name in ("MASTER_ADDR", "MASTER_PORT"))
        raise OSError(
            f"the processes cannot meet at {place} by {backend}: {str(error).splitlines()[0]}. "
            "Start all at once, with torchrun, an address that each can reach and a free port."
        ) from None


class Parallel(torch_model.CharRNN):
    """The CharRNN of torch_model.py in several processes. Its methods take and give what belongs to
    this process's rows.
    """

    _plain = torch_model.CharRNN

    def __init__(
        self, config: ModelConfig, seed: int, device: str | None, group: Group, shard: bool
    ):
        self.group, self._shard, self._sharded = group, shard, False
        super().__init__(config, seed, device)
        if shard:
            fully_shard(self.net)
            self._sharded = True
            self.optimizer = self._make_optimizer()
        else:
            self._trained = DistributedDataParallel(self.net)

    def alone(self) -> torch_model.CharRNN:
        """The same model without the other processes."""
        model = self._plain(self.config, self.seed, self.device)
        model.set_params(self.get_params())
        model.set_optimizer(self.get_optimizer())
        return model

    def _call(self, ids, state, mask=None):
        if self._shard or not torch.is_grad_enabled():
            return super()._call(ids, state, mask)
        net, self.net = self.net, self._trained  # its forward makes ready for the way back
        try:
            return super()._call(ids, state, mask)
        finally:
            self.net = net

    def _named(self):
        if self._shard and self._sharded:
            self.net.reshard()  # after reading alone, the whole weights may still lie there
        return super()._named()

    def _draw_mask(self, rate, rows):
        """That of all rows, as one process would draw it, of which these are ours."""
        config, count = self.config, self.group.count
        mask = draw_mask(config, rate, rows * count, self.seed, self.steps)
        return None if mask is None else mask[self.group.rows(rows * count)]

    def _array(self, tensor):
        return super()._array(tensor.full_tensor() if isinstance(tensor, DTensor) else tensor)

    def _tensor_for(self, p, array):
        if not isinstance(p, DTensor):
            return super()._tensor_for(p, array)
        whole = torch.tensor(np.ascontiguousarray(array), device=self._place)
        return distribute_tensor(whole, p.device_mesh, p.placements)


class FastCharRNN(Parallel, fast.FastCharRNN):
    """The FastCharRNN of fast/torch_model.py in several processes."""

    _plain = fast.FastCharRNN


def build(
    config: ModelConfig, seed: int, device: str | None, group: Group, shard: bool
) -> Parallel:
    """The one of the two that is faster here."""
    kind = FastCharRNN if fast.is_faster(config, device) else Parallel
    return kind(config, seed, device, group, shard)
