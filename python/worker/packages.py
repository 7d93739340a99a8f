"""Which packages this interpreter has, and what they are called where they are installed from."""

from __future__ import annotations

import importlib.util
import re
from importlib import metadata
from typing import Dict, List, Optional, Sequence

# Where a module is not called as the distribution that holds it.
_MODULES: Dict[str, str] = {
    "aqlm[gpu,cpu]": "aqlm",
    "autoawq": "awq",
    "fbgemm-gpu": "fbgemm_gpu",
    "flute-kernel": "flute",
    "optimum-quanto": "optimum.quanto",
    "spqr_quant[gpu]": "spqr_quant",
}

# What Transformers calls a thing, and the distribution that has it.
_DISTRIBUTIONS: Dict[str, str] = {
    "flash-attn": r"flash[_-]?attn|FlashAttention",
    "gptqmodel": r"gptqmodel|gptq[- ]model|auto[-_]gptq|\bGPTQ\b",
    "autoawq": r"autoawq|\bawq\b|\bAWQ\b",
    "bitsandbytes": r"bitsandbytes",
    "compressed-tensors": r"compressed[-_]tensors",
    "kernels": r"`?kernels`? (?:package|library)|install kernels",
    "optimum": r"\boptimum\b",
    "torchao": r"\btorchao\b",
    "accelerate": r"accelerate",
}


def has_module(name: str) -> bool:
    """Whether a module can be imported; nothing of it is run."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def without(distributions: Sequence[str]) -> List[str]:
    """Those of these distributions that are not installed."""
    return [name for name in distributions if not has_module(_MODULES.get(name, name.replace("-", "_")))]


def installed_version(name: str) -> Optional[str]:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def missing_package(error: BaseException) -> Optional[str]:
    """The distribution that an error is about; None when it names none that is known."""
    name = getattr(error, "name", None)
    if isinstance(error, ModuleNotFoundError) and name:
        module = str(name).split(".")[0]
        return next((one for one, inside in _MODULES.items() if inside == module), module.replace("_", "-"))
    text = str(error)
    asked = re.search(r"pip install (?:-U |--upgrade )?[\"'`]?([\w.-]+(?:\[[\w,]+\])?(?:[<>=!~]=?[\w.]+)?)", text)
    if asked:
        return asked.group(1).rstrip(".")
    return next((one for one, pattern in _DISTRIBUTIONS.items() if re.search(pattern, text)), None)
