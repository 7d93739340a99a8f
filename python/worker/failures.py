"""What can't be done, in words for a person, sorted by what helps against it."""

from __future__ import annotations

import re
from typing import Sequence

from .packages import has_module, missing_package
from .pipe import Message


class WorkerError(Exception):
    """`kind` chooses the hint on the other side; `packages` are the distributions that are missing."""

    def __init__(self, kind: str, message: str, packages: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.packages = list(packages)

    def message(self) -> Message:
        return {
            "kind": self.kind,
            "message": str(self),
            "packages": self.packages,
            # Environments that uv makes have no pip.
            "hasPip": has_module("pip"),
        }


def as_worker_error(error: BaseException) -> WorkerError:
    """Sorts what a library threw."""
    if isinstance(error, WorkerError):
        return error
    text = str(error) or type(error).__name__
    if _is_out_of_memory(error):
        return WorkerError("out-of-memory", text)
    if _asks_for_a_device(text):
        return WorkerError("device", text)
    if isinstance(error, ImportError) or re.search(r"pip install|is not installed|requires? `?accelerate", text):
        package = missing_package(error)
        if package is not None:
            return WorkerError("missing-package", text, [package])
    if "trust_remote_code" in text:
        return WorkerError("remote-code", text)
    if re.search(r"attn_implementation|attention implementation|does not support .*(attention|sdpa)", text, re.I):
        return WorkerError("attention", text)
    return WorkerError("engine", f"{type(error).__name__}: {text}")


def _is_out_of_memory(error: BaseException) -> bool:
    names = {kind.__name__ for kind in type(error).__mro__}
    return (
        isinstance(error, MemoryError)
        or "OutOfMemoryError" in names
        or "can't allocate memory" in str(error)
        or "CUDA out of memory" in str(error)
    )


def _asks_for_a_device(text: str) -> bool:
    if "pip install" in text:
        return False
    wanted = r"No (CUDA )?GPU|not available on CPU|(GPU|XPU) is (required|needed)|only supported on (a )?GPU"
    return re.search(wanted + r"|requires? an? (CUDA )?GPU|not compiled with CUDA", text) is not None
