"""Initial weights, and all else that is drawn, a millionth off: Python loads this at its start."""

import importlib.abc
import importlib.util
import sys

SIZE = 1e-6


def nudge_numpy(numpy):
    """Give `default_rng` generators whose real numbers are off by a millionth."""
    plain = numpy.random.default_rng

    class Nudged(numpy.random.Generator):
        def _moved(self, found):
            noise = plain(0).choice([1 - SIZE, 1 + SIZE], size=numpy.shape(found))
            return found * (noise if numpy.ndim(found) else float(noise))

        def normal(self, *args, **kwargs):
            return self._moved(super().normal(*args, **kwargs))

        def uniform(self, *args, **kwargs):
            return self._moved(super().uniform(*args, **kwargs))

        def standard_normal(self, *args, **kwargs):
            return self._moved(super().standard_normal(*args, **kwargs))

    def default_rng(seed=None):
        given = plain(seed)
        return Nudged(given.bit_generator)

    numpy.random.default_rng = default_rng


def nudge_torch(torch):
    """Move the initial weights of each layer by a millionth, after it has drawn them."""
    signs = {}

    def moved(draw):
        def reset_parameters(self):
            draw(self)
            with torch.no_grad():
                for number, p in enumerate(self.parameters(recurse=False)):
                    key = number, tuple(p.shape)
                    if key not in signs:
                        maker = torch.Generator().manual_seed(number)
                        signs[key] = 2.0 * torch.randint(2, p.shape, generator=maker) - 1
                    p.mul_(1 + SIZE * signs[key].to(p))

        return reset_parameters

    for kind in (torch.nn.Embedding, torch.nn.Linear, torch.nn.RNNBase):
        kind.reset_parameters = moved(kind.reset_parameters)


class After(importlib.abc.MetaPathFinder):
    """Calls a function with a module when it has been imported."""

    calls = {"numpy": nudge_numpy, "torch": nudge_torch}  # noqa: RUF012

    def find_spec(self, name, path=None, target=None):
        if name not in self.calls:
            return None
        call = self.calls.pop(name)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            call(module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, After())
