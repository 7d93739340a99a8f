"""The life of the worker: one model is loaded, then one request after another is answered."""

from __future__ import annotations

import os
import sys
import time
import traceback
from typing import Any, Optional, Tuple

from .facts import facts_of
from .failures import WorkerError, as_worker_error
from .generation import Generator
from .loading import Loader
from .memory import Memory
from .packages import missing_package
from .pipe import Message, Pipe


def main() -> None:
    pipe = Pipe()
    serve(pipe)
    # Interpreters with CUDA and threads take long to end tidily; there is nothing left to keep.
    sys.stderr.flush()
    os._exit(0)


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
            traceback.print_exc()
            told = as_worker_error(error).message()
            # The traceback holds every frame, and with them tensors that the next request needs the room of.
            error.__traceback__ = None
            pipe.send({"type": "error", "id": message.get("id"), "error": told})


def load(pipe: Pipe, message: Message) -> Generator:
    began = time.monotonic_ns()
    pipe.send({"type": "progress", "text": "importing torch and transformers"})
    torch, transformers = import_engine()
    imported = time.monotonic_ns()
    torch.manual_seed(message["seed"])
    loader = Loader(torch, transformers, message)
    memory = Memory(torch, loader.devices.on_cuda)
    dtype = str(loader.dtype).replace("torch.", "")
    pipe.send({"type": "progress", "text": f"loading {message['modelPath']} as {dtype}"})
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


def import_engine() -> Tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        package = missing_package(error)
        raise WorkerError("missing-package", str(error), [] if package is None else [package]) from error
    transformers.utils.logging.disable_progress_bar()
    return torch, transformers
