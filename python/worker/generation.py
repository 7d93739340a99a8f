"""Requests one after another: exact ids in, an exact count out, one stamp a token."""

from __future__ import annotations

import gc
import threading
import time
from typing import Any, List, Optional, Tuple

from .failures import WorkerError
from .memory import Memory
from .pipe import Message


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
        # Each request stands alone: no peak of one before it is left in its figures.
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
            known = self.vocabulary
            raise WorkerError("prompt", f"the prompt holds the id {wrong}, and the vocabulary has {known} tokens")

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
