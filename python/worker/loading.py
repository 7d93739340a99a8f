"""A `load` message becomes a model that is ready to generate, or the one reason why it can't."""

from __future__ import annotations

import os
from typing import Any, Optional

from .devices import DevicePlan
from .dummy_weights import fill_weights, without_initialization
from .failures import WorkerError
from .packages import has_module, installed_version
from .pipe import Message
from .quantization import check_quantization, quantization_fields

_DTYPES = ("bfloat16", "float16", "float32", "float64")
_SHORT_DTYPES = {"half": "float16", "fp16": "float16", "bf16": "bfloat16", "float": "float32", "fp32": "float32"}
_FLASH_PACKAGES = {
    "flash_attention_2": "flash-attn",
    "flash_attention_3": "flash-attn-3",
    "flash_attention_4": "flash-attn-4",
}


class Loader:
    """All that can be wrong is looked at first: reading the weights of a large model takes minutes."""

    def __init__(self, torch: Any, transformers: Any, message: Message) -> None:
        self._torch = torch
        self._transformers = transformers
        self._message = message
        self._path: str = message["modelPath"]
        self._trust: bool = message["trustRemoteCode"]
        self.devices = DevicePlan(torch, message["deviceMap"])
        check_attention(torch, message["attention"])
        self.config = self._read_config()
        self.dtype = torch_dtype(torch, message["dtype"], self.config)
        self.quantization: Optional[Message] = quantization_fields(self.config)
        if self.quantization is not None:
            check_quantization(torch, self.quantization)

    def load(self) -> Any:
        model = self._dummy() if self._message["loadFormat"] == "dummy" else self._real()
        model.eval()
        model.requires_grad_(False)
        return model

    def _read_config(self) -> Any:
        if not os.path.isfile(os.path.join(self._path, "config.json")):
            raise WorkerError("model", f"there is no config.json in {self._path}")
        try:
            return self._transformers.AutoConfig.from_pretrained(
                self._path, trust_remote_code=self._trust, local_files_only=True
            )
        except (KeyError, ValueError, OSError) as error:
            if "trust_remote_code" in str(error):
                raise
            raise WorkerError("model", str(error)) from error

    def _arguments(self) -> Message:
        arguments: Message = {"trust_remote_code": self._trust, "dtype": self.dtype}
        if self._message["attention"] is not None:
            arguments["attn_implementation"] = self._message["attention"]
        return arguments

    def _real(self) -> Any:
        device_map = self.devices.for_loading()
        arguments = self._arguments()
        # A quantised checkpoint knows its own dtype: only a dtype that was asked for may change it.
        if self.quantization is not None and self._message["dtype"] == "auto":
            arguments["dtype"] = "auto"
        if device_map is not None:
            arguments["device_map"] = device_map
        auto = self._transformers.AutoModelForCausalLM
        model = auto.from_pretrained(self._path, local_files_only=True, **arguments)
        if device_map is None and self._torch.cuda.is_available():
            model.to("cuda")
        return model

    def _dummy(self) -> Any:
        device = self.devices.one_device
        auto = self._transformers.AutoModelForCausalLM
        with without_initialization(self._torch, self._transformers), self._torch.device(device or "cpu"):
            model = auto.from_config(self.config, **self._arguments())
        model.tie_weights()
        if device is None:
            model = self.devices.spread(model, self.dtype)
        fill_weights(self._torch, model, self._message["seed"])
        return model


def torch_dtype(torch: Any, name: str, config: Any) -> Any:
    """The dtype of this name; `auto` is what the configuration says, else bfloat16."""
    if name == "auto":
        configured = getattr(config.get_text_config(), "dtype", None) or getattr(config, "torch_dtype", None)
        if isinstance(configured, torch.dtype):
            return configured
        name = str(configured or "bfloat16").replace("torch.", "")
    whole = _SHORT_DTYPES.get(name, name)
    if whole not in _DTYPES:
        raise WorkerError("dtype", f"{name!r} is none of auto, {', '.join(_DTYPES)}")
    return getattr(torch, whole)


def check_attention(torch: Any, asked: Optional[str]) -> None:
    """Throws for a name that the installed Transformers does not know; a kernel of a hub is named with a slash."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    known = ["eager", *sorted(name for name in ALL_ATTENTION_FUNCTIONS.valid_keys() if "|" not in name)]
    if asked is None or "/" in asked:
        return
    if asked not in known:
        raise WorkerError("attention", f"Transformers {installed_version('transformers')} knows {', '.join(known)}")
    package = _FLASH_PACKAGES.get(asked)
    if package is None:
        return
    # Transformers takes the same kernels from `kernels` where that is installed.
    if installed_version(package) is None and not has_module("kernels"):
        raise WorkerError("missing-package", f"--attn-implementation {asked} is in {package}", [package])
    if not torch.cuda.is_available():
        raise WorkerError("device", f"--attn-implementation {asked} has no kernels without a GPU, and torch sees none")
