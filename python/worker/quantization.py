"""Quantised checkpoints: how one is quantised, and whether the installed Transformers can load it here."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from .failures import WorkerError
from .packages import installed_version, without
from .pipe import Message

# What `validate_environment` of the quantizers asks for, in Transformers 4.57 and 5.23. All of it is told at once,
# where Transformers itself would name one package after another.
_PACKAGES: Dict[str, Tuple[str, ...]] = {
    "aqlm": ("aqlm[gpu,cpu]", "accelerate"),
    "auto-round": ("auto-round",),
    "awq": ("gptqmodel", "accelerate"),
    "bitnet": ("accelerate",),
    "bitsandbytes_4bit": ("bitsandbytes", "accelerate"),
    "bitsandbytes_8bit": ("bitsandbytes", "accelerate"),
    "compressed-tensors": ("compressed-tensors",),
    "eetq": ("kernels", "accelerate"),
    "fbgemm_fp8": ("fbgemm-gpu", "accelerate"),
    "fp8": ("accelerate",),
    "fp_quant": ("fp_quant",),
    "gptq": ("gptqmodel", "optimum"),
    "higgs": ("flute-kernel", "fast_hadamard_transform", "accelerate"),
    "hqq": ("hqq",),
    "mxfp8": ("accelerate",),
    "mxfp4": ("accelerate",),
    "quanto": ("optimum-quanto", "accelerate"),
    "sinq": ("sinq",),
    "spqr": ("spqr_quant[gpu]", "accelerate"),
    "torchao": ("torchao",),
    "vptq": ("vptq", "accelerate"),
}

# Methods whose kernels have no way without a GPU; the others say it themselves when they are loaded.
_GPU_ONLY = frozenset({"eetq", "fbgemm_fp8", "fp_quant", "higgs", "nvfp4", "spqr", "vptq"})


def quantization_fields(config: Any) -> Optional[Message]:
    """`quantization_config` of a model's configuration; None when it is not quantised."""
    found = getattr(config, "quantization_config", None)
    if not found:
        return None
    fields: Message = found if isinstance(found, dict) else found.to_dict()
    return fields


def quantization_method(fields: Message) -> str:
    """The method as Transformers calls it in its list of quantizers."""
    if fields.get("load_in_4bit"):
        return "bitsandbytes_4bit"
    if fields.get("load_in_8bit"):
        return "bitsandbytes_8bit"
    method = fields.get("quant_method") or "unknown"
    return str(getattr(method, "value", method))


def quantization_text(fields: Message) -> str:
    """For a person, such as `gptq 4 bit`."""
    method = quantization_method(fields)
    if method.startswith("bitsandbytes_"):
        return f"bitsandbytes {4 if fields.get('load_in_4bit') else 8} bit"
    bits = fields.get("bits") or fields.get("w_bit")
    return f"{method}{f' {bits} bit' if bits else ''}"


def check_quantization(torch: Any, fields: Message) -> None:
    """Throws when the checkpoint can't be loaded here, before anything of it is read."""
    from transformers.quantizers import auto

    method = quantization_method(fields)
    if method not in auto.AUTO_QUANTIZER_MAPPING:
        # Transformers would go on as if the checkpoint were not quantised.
        version = installed_version("transformers")
        known = ", ".join(sorted(auto.AUTO_QUANTIZER_MAPPING))
        raise WorkerError("model", f"Transformers {version} has no quantization method {method!r}; it has {known}")
    if method in _GPU_ONLY and not torch.cuda.is_available():
        raise WorkerError("device", f"{method} has no kernels without a GPU, and torch sees none")
    needed = _PACKAGES.get(method, ())
    if method == "awq" and int((installed_version("transformers") or "5").split(".")[0]) < 5:
        needed = ("autoawq", "accelerate")
    missing = without(needed)
    if missing:
        told = " and ".join(missing)
        raise WorkerError("missing-package", f"{quantization_text(fields)} is loaded through {told}", missing)


def loaded_quantization(model: Any, fields: Optional[Message]) -> Optional[str]:
    """What was asked of the checkpoint and what was made of it: on a CPU some methods are undone while loading."""
    if fields is None:
        return None
    used = getattr(getattr(model, "hf_quantizer", None), "quantization_config", None)
    text = quantization_text(fields)
    return f"{text}, dequantised while loading" if getattr(used, "dequantize", False) else text
