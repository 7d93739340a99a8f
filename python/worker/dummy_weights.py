"""Weights that cost no download: a model of a published shape, filled in a second instead of drawn in half a minute."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator

from .failures import WorkerError


@contextlib.contextmanager
def without_initialization(torch: Any, transformers: Any) -> Iterator[None]:
    """Drawing billions of normal numbers takes half a minute and more; the fill that follows takes a second."""
    init = torch.nn.init
    names = [name for name in dir(init) if name.endswith("_") and not name.startswith("_")]
    before = {name: getattr(init, name) for name in names if callable(getattr(init, name))}
    model_class = transformers.PreTrainedModel
    init_weights = model_class.init_weights
    try:
        for name in before:
            setattr(init, name, lambda tensor, *_, **__: tensor)
        model_class.init_weights = lambda *_, **__: None
        yield
    finally:
        for name, function in before.items():
            setattr(init, name, function)
        model_class.init_weights = init_weights


def fill_weights(torch: Any, model: Any, seed: int) -> None:
    """Norms become ones, all else a repeated pattern of small normal numbers, written on the device that holds it."""
    # A prime length: no two rows of a matrix are alike, whatever its width.
    generator = torch.Generator().manual_seed(seed)
    pattern = torch.randn(1_000_003, generator=generator) * 0.02
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not parameter.is_floating_point():
                raise WorkerError("dummy", f"{name} holds {parameter.dtype}: it would stay uninitialised")
            if parameter.ndim == 1 and "norm" in name:
                parameter.fill_(1)
                continue
            flat = parameter.data.view(-1)
            filled = min(len(pattern), len(flat))
            flat[:filled].copy_(pattern[:filled])
            while filled < len(flat):
                step = min(filled, len(flat) - filled)
                flat[filled : filled + step].copy_(flat[:step])
                filled += step
