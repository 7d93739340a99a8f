"""JSON lines in and out, kept apart from everything else that a library may print or ask."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import Any, BinaryIO, Dict

Message = Dict[str, Any]


class Pipe:
    """The two ends of the protocol: messages one after another, and `cancelled` as soon as it is said."""

    def __init__(self) -> None:
        self._source: BinaryIO = os.fdopen(os.dup(0), "rb")
        self._sink: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=0)
        # Libraries print to standard output, some of them from C: all of it goes to the log, as descriptors.
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
