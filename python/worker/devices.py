"""Where a model is laid: what `--device-map` may say, checked before anything is loaded, and the spreading itself."""

from __future__ import annotations

import json
from typing import Any, Dict, Optional, Union

from .failures import WorkerError
from .packages import has_module

Placement = Union[None, str, Dict[str, Any]]

_STRATEGIES = ("auto", "balanced", "balanced_low_0", "sequential")


class DevicePlan:
    """The placement that was asked for, and what follows from it."""

    def __init__(self, torch: Any, asked: Optional[str]) -> None:
        self._torch = torch
        self._asked = self._parsed(asked)

    @property
    def one_device(self) -> Optional[str]:
        """The only device of the model; None where it is spread."""
        if self._asked is None:
            return "cuda" if self._torch.cuda.is_available() else "cpu"
        return None if isinstance(self._asked, dict) or self._asked in _STRATEGIES else self._asked

    @property
    def on_cuda(self) -> bool:
        """Whether a CUDA device holds some of the model."""
        if isinstance(self._asked, dict):
            return any(isinstance(place, int) or place.startswith("cuda") for place in self._asked.values())
        if self.one_device is not None:
            return self.one_device.startswith("cuda")
        return bool(self._torch.cuda.is_available())

    def for_loading(self) -> Placement:
        """What `from_pretrained` is told."""
        if self._asked is not None or not self._torch.cuda.is_available() or not has_module("accelerate"):
            return self._asked
        # Straight to the one device, not through the memory of the host.
        return {"": 0}

    def spread(self, model: Any, dtype: Any) -> Any:
        """Lays a model over devices. Its tensors are empty still: untouched pages of the host cost nothing."""
        import accelerate

        device_map = self._asked
        if isinstance(device_map, str):
            split = list(getattr(model, "_no_split_modules", None) or [])
            limits = None
            if device_map.startswith("balanced"):
                limits = accelerate.utils.get_balanced_memory(
                    model, no_split_module_classes=split, dtype=dtype, low_zero=device_map == "balanced_low_0"
                )
            device_map = accelerate.infer_auto_device_map(
                model, max_memory=limits, no_split_module_classes=split, dtype=dtype
            )
        return accelerate.dispatch_model(model, device_map)

    def _parsed(self, asked: Optional[str]) -> Placement:
        if asked is None or asked in _STRATEGIES:
            return asked
        if not asked.startswith("{"):
            self._check_device(asked)
            return asked
        try:
            device_map = json.loads(asked)
        except ValueError as error:
            raise WorkerError("device-map", f"it is no JSON object: {error}") from error
        if not device_map:
            raise WorkerError("device-map", "the object names no module")
        for module, place in device_map.items():
            if not isinstance(place, (int, str)) or isinstance(place, bool):
                raise WorkerError("device-map", f"module {module!r} is laid on {json.dumps(place)}, which is no device")
            if place != "disk":
                self._check_device(f"cuda:{place}" if isinstance(place, int) else place)
        return dict(device_map)

    def _check_device(self, name: str) -> None:
        try:
            device = self._torch.device(name)
        except RuntimeError as error:
            raise WorkerError("device-map", f"{name!r} is no strategy, no device and no JSON object") from error
        if device.type == "cpu":
            return
        if device.type != "cuda":
            raise WorkerError("device-map", f"{name!r} is neither a CPU nor a CUDA device")
        found = self._torch.cuda.device_count() if self._torch.cuda.is_available() else 0
        if (device.index or 0) >= found:
            raise WorkerError("device-map", f"{name!r} was asked for, and torch sees {found} CUDA devices")
