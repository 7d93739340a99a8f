"""Memory of this process and of its devices: what is held now, and the peak of a phase."""

from __future__ import annotations

import re
from typing import Any, Dict, Optional

from .pipe import Message


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

    def __init__(self, torch: Any, on_device: bool) -> None:
        self._torch = torch
        self.on_device = on_device
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
