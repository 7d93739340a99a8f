"""What was loaded: versions, devices, sizes, and the ids that prompts may use."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any, List, Tuple

from .generation import Generator
from .loading import Loader
from .packages import installed_version
from .pipe import Message
from .quantization import loaded_quantization


def read_json(path: str) -> Any:
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def token_ids(folder: str, config: Any, vocabulary: int) -> Tuple[int, List[int]]:
    """The first id that no prompt may use any more, and the special ids below it."""
    special = set()
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        value = getattr(config, name, None)
        special.update(value if isinstance(value, list) else [value])
    tokenizer = read_json(os.path.join(folder, "tokenizer.json"))
    limit = vocabulary
    if isinstance(tokenizer, dict):
        special.update(token.get("id") for token in tokenizer.get("added_tokens") or [])
        words = (tokenizer.get("model") or {}).get("vocab")
        if isinstance(words, dict) and words:
            limit = min(limit, max(words.values()) + 1)
    known = sorted(token for token in special if isinstance(token, int) and 0 <= token < vocabulary)
    # Special ids and the padding of the table stand at the end of a vocabulary, or else at its very beginning.
    late = [token for token in known if token > 0.9 * vocabulary]
    limit = min([limit, *late])
    return limit, [token for token in known if token < limit]


def cpu_name() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            found = re.search(r"^model name\s*:\s*(.+)$", file.read(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1).strip() if found else "CPU"


def device_names(torch: Any, model: Any) -> List[str]:
    devices = sorted({str(parameter.device) for parameter in model.parameters()})
    return [torch.cuda.get_device_name(name) if name.startswith("cuda") else cpu_name() for name in devices]


def weight_bytes(model: Any, loader: Loader) -> int:
    """Bytes of the weights, shared ones once; packed integers of a quantised checkpoint are buffers."""
    tensors = list(model.parameters())
    if loader.quantization is not None:
        tensors.extend(model.buffers())
    unique = {id(tensor): tensor for tensor in tensors}.values()
    return sum(tensor.numel() * tensor.element_size() for tensor in unique)


def facts_of(torch: Any, model: Any, loader: Loader, generator: Generator, message: Message) -> Message:
    text_config = model.config.get_text_config()
    limit, special = token_ids(message["modelPath"], text_config, generator.vocabulary)
    device_map = getattr(model, "hf_device_map", None)
    kernels = getattr(text_config, "_attn_implementation", None)
    unique = {id(parameter): parameter for parameter in model.parameters()}.values()
    return {
        "type": "ready",
        "versions": {
            "python": sys.version.split()[0],
            "torch": torch.__version__,
            "transformers": installed_version("transformers"),
            "accelerate": installed_version("accelerate"),
            "cuda": torch.version.cuda or getattr(torch.version, "hip", None),
        },
        "devices": device_names(torch, model),
        "onDevice": torch.cuda.is_available() and any(parameter.is_cuda for parameter in unique),
        "deviceMap": None if device_map is None else json.dumps({key: str(value) for key, value in device_map.items()}),
        "dtype": str(model.dtype).replace("torch.", ""),
        "attention": kernels,
        "architecture": type(model).__name__,
        "quantization": loaded_quantization(model, loader.quantization),
        "parameters": sum(parameter.numel() for parameter in unique),
        "weightBytes": weight_bytes(model, loader),
        "maxLength": getattr(text_config, "max_position_embeddings", None),
        "vocabularySize": generator.vocabulary,
        "promptIdLimit": limit,
        "specialIds": special,
        "threads": torch.get_num_threads(),
        "compiled": message["compile"],
    }
