"""Hugging Face Transformers behind a pipe: JSON lines come in on standard input, JSON lines go out on standard output.

One process, one model, one request at a time. Every generated token is stamped (monotonic clock) after the device has
finished it; nothing is written to the pipe while a request is timed. Needs torch and transformers, nothing else.

In:  load, generate, cancel, close.      Out: progress, ready, done, error.
The field names are those of `src/engine/transformers/messages.ts`, which checks every line on the other side.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import queue
import re
import sys
import threading
import time
from typing import Any, BinaryIO, Dict, Iterator, List, Optional, Tuple

Message = Dict[str, Any]


class WorkerError(Exception):
    """What can't be done, in words for a person; `kind` chooses the hint on the other side."""

    def __init__(self, kind: str, message: str, package: Optional[str] = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.package = package


# --- the pipe -------------------------------------------------------------------------------------------------------


class Pipe:
    """The two ends of the protocol, taken away from everything else that might print or ask."""

    def __init__(self) -> None:
        self._source: BinaryIO = os.fdopen(os.dup(0), "rb")
        self._sink: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=0)
        # Libraries print to standard output, some of them from C: at the level of descriptors all of it goes to the log.
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        self.cancelled = threading.Event()
        self._messages: "queue.SimpleQueue[Message]" = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, message: Message) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        while data:
            data = data[self._sink.write(data) or 0 :]

    def next(self) -> Message:
        return self._messages.get()

    def _read(self) -> None:
        for line in self._source:
            message: Message = json.loads(line)
            if message["type"] == "cancel":
                self.cancelled.set()
                continue
            # Cleared here, where the order of messages is known: a cancel that comes next must not be lost.
            self.cancelled.clear()
            self._messages.put(message)
        # The end of the input is the end of the parent, however it died: no engine outlives its run.
        os._exit(0)


# --- memory ---------------------------------------------------------------------------------------------------------


def process_status() -> Dict[str, int]:
    """Bytes of `/proc/self/status` by field; empty where there is no such file."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as file:
            found = re.findall(r"^(\w+):\s+(\d+) kB$", file.read(), re.MULTILINE)
    except OSError:
        return {}
    return {name: int(kib) * 1024 for name, kib in found}


class Memory:
    """Peaks of one phase at a time: of the CUDA allocator, or of what the process has resident."""

    def __init__(self, torch: Any) -> None:
        self._torch = torch
        self.on_device: bool = torch.cuda.is_available()
        self._resets = True

    def begin_phase(self) -> None:
        if self.on_device:
            for index in range(self._torch.cuda.device_count()):
                self._torch.cuda.reset_peak_memory_stats(index)
            return
        try:
            # "5" sets the peak resident size back to what is resident now.
            with open("/proc/self/clear_refs", "wb", buffering=0) as file:
                file.write(b"5")
        except OSError:
            self._resets = False

    def phase_peak(self) -> Optional[int]:
        """Bytes; None where the peak can't be read or not be reset."""
        if self.on_device:
            return self._allocator("allocated_bytes", "peak")
        return process_status().get("VmHWM") if self._resets else None

    def now(self) -> Message:
        status = process_status()
        figures: Message = {
            "processAnonymousBytes": status.get("RssAnon"),
            "processResidentBytes": status.get("VmRSS"),
            "allocatedBytes": None,
            "reservedBytes": None,
            "deviceUsedBytes": None,
        }
        if self.on_device:
            figures["allocatedBytes"] = self._allocator("allocated_bytes", "current")
            figures["reservedBytes"] = self._allocator("reserved_bytes", "peak")
            figures["deviceUsedBytes"] = self._used()
        return figures

    def _allocator(self, kind: str, moment: str) -> int:
        cuda = self._torch.cuda
        # The flat statistics are ten times as slow to read, and this is read between two tokens.
        devices = range(cuda.device_count())
        nested = [cuda.memory.memory_stats_as_nested_dict(index) for index in devices]
        return sum(stats[kind]["all"][moment] for stats in nested if stats)

    def _used(self) -> Optional[int]:
        """Bytes in use on the devices that hold tensors, by every process there."""
        cuda = self._torch.cuda
        used = 0
        for index in range(cuda.device_count()):
            if cuda.memory_reserved(index) == 0:
                continue
            free, total = cuda.mem_get_info(index)
            used += total - free
        return used


# --- loading --------------------------------------------------------------------------------------------------------

# What Transformers calls a thing, and the package that has it.
_PACKAGES = {
    "accelerate": r"accelerate",
    "flash_attn": r"flash[_-]?attn|FlashAttention[ -]?2|flash_attention_2",
    "gptqmodel": r"gptqmodel|gptq[- ]model|auto[-_]gptq|\bGPTQ\b",
    "autoawq": r"autoawq|\bawq\b|\bAWQ\b",
    "bitsandbytes": r"bitsandbytes",
    "compressed_tensors": r"compressed[-_]tensors",
    "kernels": r"`?kernels`? (?:package|library)|pip install -U kernels|install kernels",
    "optimum": r"\boptimum\b",
    "torchao": r"\btorchao\b",
}


def missing_package(error: BaseException) -> Optional[str]:
    """The package that an ImportError is about; None when it names none that is known."""
    name = getattr(error, "name", None)
    if isinstance(error, ModuleNotFoundError) and name:
        return str(name).split(".")[0]
    text = str(error)
    asked = re.search(r"pip install (?:-U |--upgrade )?[\"'`]?([A-Za-z0-9_.-]+)", text)
    for package, pattern in _PACKAGES.items():
        if re.search(pattern, text):
            return package
    return asked.group(1) if asked else None


def is_out_of_memory(error: BaseException) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    return (
        isinstance(error, MemoryError)
        or "OutOfMemoryError" in names
        or "can't allocate memory" in str(error)
        or "CUDA out of memory" in str(error)
    )


def as_worker_error(error: BaseException) -> WorkerError:
    """Sorts what a library threw by what helps against it."""
    if isinstance(error, WorkerError):
        return error
    text = str(error) or type(error).__name__
    if is_out_of_memory(error):
        return WorkerError("out-of-memory", text)
    if isinstance(error, ImportError) or re.search(r"pip install|is not installed|requires? `?accelerate", text):
        package = missing_package(error)
        if package is not None:
            return WorkerError("missing-package", text, package)
    if "trust_remote_code" in text:
        return WorkerError("remote-code", text)
    if re.search(r"attn_implementation|attention implementation|does not support .*(attention|sdpa)", text, re.I):
        return WorkerError("attention", text)
    return WorkerError("engine", f"{type(error).__name__}: {text}")


def torch_dtype(torch: Any, name: str, config: Any) -> Any:
    """The dtype of this name; `auto` is what the configuration says, else bfloat16."""
    short = {"half": "float16", "fp16": "float16", "bf16": "bfloat16", "float": "float32", "fp32": "float32"}
    if name == "auto":
        configured = getattr(config.get_text_config(), "dtype", None) or getattr(config, "torch_dtype", None)
        if isinstance(configured, torch.dtype):
            return configured
        name = str(configured or "bfloat16").replace("torch.", "")
    dtype = getattr(torch, short.get(name, name), None)
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise WorkerError("dtype", f"torch knows no floating-point dtype {name!r}")
    return dtype


def quantization_of(config: Any) -> Optional[str]:
    """How a checkpoint is quantised, such as `gptq 4 bit`; None when it is not."""
    found = getattr(config, "quantization_config", None)
    if not found:
        return None
    fields = found if isinstance(found, dict) else found.to_dict()
    method = fields.get("quant_method") or "unknown method"
    bits = fields.get("bits") or fields.get("w_bit") or (4 if fields.get("load_in_4bit") else None)
    return f"{getattr(method, 'value', method)}{f' {bits} bit' if bits else ''}"


@contextlib.contextmanager
def without_initialization(torch: Any, transformers: Any) -> Iterator[None]:
    """Drawing billions of normal numbers takes half a minute and more; the fill that follows takes a second."""
    init = torch.nn.init
    names = [name for name in dir(init) if name.endswith("_") and not name.startswith("_") and callable(getattr(init, name))]
    before = {name: getattr(init, name) for name in names}
    model_class = transformers.PreTrainedModel
    init_weights = model_class.init_weights
    try:
        for name in names:
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


class Loader:
    """Turns a `load` message into a model that is ready to generate."""

    def __init__(self, torch: Any, transformers: Any, message: Message) -> None:
        self._torch = torch
        self._transformers = transformers
        self._message = message
        self._path: str = message["modelPath"]
        self._trust: bool = message["trustRemoteCode"]
        self.config = self._read_config()
        self.quantization = quantization_of(self.config)
        self.dtype = torch_dtype(torch, message["dtype"], self.config)

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
        device_map = self._device_map()
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

    def _device_map(self) -> Any:
        asked = self._message["deviceMap"]
        if asked is not None:
            return json.loads(asked) if asked.startswith("{") else asked
        if not self._torch.cuda.is_available():
            return None
        try:
            import accelerate  # noqa: F401
        except ImportError:
            return None
        # Straight to the one device, not through the memory of the host.
        return {"": 0}

    def _dummy(self) -> Any:
        if self.quantization is not None:
            raise WorkerError(
                "dummy", f"random weights of a quantised checkpoint ({self.quantization}) would stay uninitialised"
            )
        torch = self._torch
        asked = self._message["deviceMap"]
        one_device = asked is None or asked in ("cpu", "cuda") or re.fullmatch(r"cuda:\d+", asked) is not None
        device = asked or ("cuda" if torch.cuda.is_available() else "cpu")
        auto = self._transformers.AutoModelForCausalLM
        with without_initialization(torch, self._transformers), torch.device(device if one_device else "cpu"):
            model = auto.from_config(self.config, **self._arguments())
        model.tie_weights()
        if not one_device:
            model = self._dispatch(model, self._device_map())
        fill_weights(torch, model, self._message["seed"])
        return model

    def _dispatch(self, model: Any, device_map: Any) -> Any:
        """Spreads a model over devices. Its tensors are empty still: untouched pages of the host cost nothing."""
        import accelerate

        if isinstance(device_map, str):
            split = getattr(model, "_no_split_modules", None)
            limits = None
            if device_map == "balanced":
                limits = accelerate.utils.get_balanced_memory(model, no_split_module_classes=split, dtype=self.dtype)
            device_map = accelerate.infer_auto_device_map(
                model, max_memory=limits, no_split_module_classes=list(split or []), dtype=self.dtype
            )
        return accelerate.dispatch_model(model, device_map)


# --- generating -----------------------------------------------------------------------------------------------------


class Generator:
    """Answers one request after another, each token stamped when the device has finished it."""

    def __init__(self, modules: Tuple[Any, Any], model: Any, memory: Memory, compiled: bool) -> None:
        self._torch, self._transformers = modules
        self._model = model
        self._memory = memory
        self._compiled = compiled
        # The published settings (sampling, penalties, ends of sequence) would change both the work and the length.
        model.generation_config = self._settings(None)
        self.vocabulary: int = model.get_input_embeddings().weight.shape[0]

    def _settings(self, tokens: Optional[int]) -> Any:
        settings = self._transformers.GenerationConfig(
            do_sample=False, use_cache=True, eos_token_id=None, pad_token_id=None, bos_token_id=None
        )
        settings.return_dict_in_generate = True
        if tokens is not None:
            settings.max_new_tokens = tokens
            settings.min_new_tokens = tokens
        if self._compiled:
            settings.cache_implementation = "static"
            if not self._torch.cuda.is_available():
                settings.compile_config = self._transformers.CompileConfig()
                settings.compile_config._compile_all_devices = True
        return settings

    def answer(self, message: Message, cancelled: threading.Event) -> Message:
        torch = self._torch
        ids: List[int] = message["ids"]
        tokens: int = message["outputTokens"]
        self._check(ids, tokens)
        device = self._model.get_input_embeddings().weight.device
        inputs = torch.tensor([ids], dtype=torch.long, device=device)
        mask = torch.ones_like(inputs)
        clock = self._token_clock(tokens, cancelled)
        settings = self._settings(tokens)
        gc.collect()
        self._memory.begin_phase()
        with torch.inference_mode():
            self._finish()
            sent = time.monotonic_ns()
            result = self._model.generate(
                inputs=inputs, attention_mask=mask, generation_config=settings, stopping_criteria=[clock]
            )
            end = time.monotonic_ns()
        stamps: List[int] = clock.stamps
        figures: Message = {
            **clock.end_memory,
            "prefillPeakBytes": clock.prefill_peak,
            "decodePeakBytes": clock.decode_peak,
            "cacheBytes": cache_bytes(torch, getattr(result, "past_key_values", None)),
        }
        made = int(result.sequences.shape[1]) - len(ids)
        del result
        return {
            "type": "done",
            "id": message["id"],
            # A number of JSON is exact up to 104 days of uptime only.
            "sentNs": str(sent),
            "tokenNs": [stamp - sent for stamp in stamps],
            "endNs": end - sent,
            "promptTokens": len(ids),
            "outputTokens": made,
            "cancelled": cancelled.is_set() and made < tokens,
            "memory": figures,
        }

    def _check(self, ids: List[int], tokens: int) -> None:
        """A bad id poisons a CUDA process for good: none reaches the device."""
        if not ids:
            raise WorkerError("prompt", "the prompt is empty")
        if tokens < 1:
            raise WorkerError("prompt", f"{tokens} tokens were asked for")
        wrong = next((token for token in ids if not 0 <= token < self.vocabulary), None)
        if wrong is not None:
            raise WorkerError("prompt", f"the prompt holds the id {wrong}, and the vocabulary has {self.vocabulary} tokens")

    def _finish(self) -> None:
        if self._memory.on_device:
            self._torch.cuda.synchronize()

    def _token_clock(self, tokens: int, cancelled: threading.Event) -> Any:
        torch, memory, finish = self._torch, self._memory, self._finish

        class TokenClock(self._transformers.StoppingCriteria):  # type: ignore[name-defined,misc]
            """Called once a token, when it is chosen; also what ends a cancelled request."""

            def __init__(self) -> None:
                self.stamps: List[int] = []
                self.prefill_peak: Optional[int] = None
                self.decode_peak: Optional[int] = None
                self.end_memory: Message = {}
                self._answers: Optional[Tuple[Any, Any]] = None

            def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
                finish()
                self.stamps.append(time.monotonic_ns())
                made = len(self.stamps)
                stop = cancelled.is_set()
                if made == 1:
                    self.prefill_peak = memory.phase_peak()
                    memory.begin_phase()
                if made == tokens or stop:
                    if made > 1:
                        self.decode_peak = memory.phase_peak()
                    # The KV cache is alive here, and no more after the call.
                    self.end_memory = memory.now()
                if self._answers is None:
                    go_on = torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)
                    self._answers = (go_on, torch.ones_like(go_on))
                return self._answers[1] if stop else self._answers[0]

        return TokenClock()


def cache_bytes(torch: Any, cache: Any) -> Optional[int]:
    """Bytes of the keys and values of every layer; None for a cache that does not show them."""
    layers = getattr(cache, "layers", None)
    if layers is None:
        return None
    found = 0
    for layer in layers:
        for name in ("keys", "values"):
            tensor = getattr(layer, name, None)
            if isinstance(tensor, torch.Tensor):
                found += tensor.numel() * tensor.element_size()
    return found


# --- facts ----------------------------------------------------------------------------------------------------------


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
    # Special ids and the padding of the embedding table stand at the end of a vocabulary, or else at its very beginning.
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


def installed_version(name: str) -> Optional[str]:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def device_names(torch: Any, model: Any) -> List[str]:
    devices = sorted({str(parameter.device) for parameter in model.parameters()})
    return [torch.cuda.get_device_name(name) if name.startswith("cuda") else cpu_name() for name in devices]


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
        "quantization": loader.quantization,
        "parameters": sum(parameter.numel() for parameter in unique),
        "weightBytes": sum(parameter.numel() * parameter.element_size() for parameter in unique),
        "maxLength": getattr(text_config, "max_position_embeddings", None),
        "vocabularySize": generator.vocabulary,
        "promptIdLimit": limit,
        "specialIds": special,
        "threads": torch.get_num_threads(),
        "compiled": message["compile"],
    }


# --- the process ----------------------------------------------------------------------------------------------------


def import_engine() -> Tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise WorkerError("missing-package", str(error), missing_package(error)) from error
    transformers.utils.logging.disable_progress_bar()
    return torch, transformers


def load(pipe: Pipe, message: Message) -> Generator:
    began = time.monotonic_ns()
    pipe.send({"type": "progress", "text": "importing torch and transformers"})
    torch, transformers = import_engine()
    imported = time.monotonic_ns()
    torch.manual_seed(message["seed"])
    memory = Memory(torch)
    loader = Loader(torch, transformers, message)
    pipe.send({"type": "progress", "text": f"loading {message['modelPath']} as {str(loader.dtype).replace('torch.', '')}"})
    memory.begin_phase()
    model = loader.load()
    if memory.on_device:
        torch.cuda.synchronize()
    generator = Generator((torch, transformers), model, memory, message["compile"])
    facts = facts_of(torch, model, loader, generator, message)
    facts["memory"] = {**memory.now(), "loadPeakBytes": memory.phase_peak()}
    facts["importMs"] = (imported - began) / 1e6
    facts["loadMs"] = (time.monotonic_ns() - imported) / 1e6
    pipe.send(facts)
    return generator


def serve(pipe: Pipe) -> None:
    generator: Optional[Generator] = None
    while True:
        message = pipe.next()
        if message["type"] == "close":
            return
        try:
            if message["type"] == "load":
                generator = load(pipe, message)
            elif generator is None:
                raise WorkerError("engine", "no model is loaded")
            else:
                pipe.send(generator.answer(message, pipe.cancelled))
        except Exception as error:  # noqa: BLE001 - whatever happens is told to the other side
            import traceback

            traceback.print_exc()
            told = as_worker_error(error)
            # The traceback holds every frame, and with them tensors that the next request needs the room of.
            error.__traceback__ = None
            pipe.send(
                {
                    "type": "error",
                    "id": message.get("id"),
                    "error": {"kind": told.kind, "message": str(told), "package": told.package},
                }
            )


def main() -> None:
    pipe = Pipe()
    serve(pipe)
    # Interpreters with CUDA and threads take long to end tidily; there is nothing left to keep.
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
