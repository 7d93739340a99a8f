"""Hugging Face Transformers behind a pipe: JSON lines come in on standard input, JSON lines go out on standard output.

One process, one model, one request at a time. Every generated token is stamped (monotonic clock) after the device has
finished it; nothing is written to the pipe while a request is timed. Needs torch and transformers, nothing else.

In:  load, generate, cancel, close.      Out: progress, ready, done, error.
The field names are those of `src/engine/transformers/messages.ts`, which checks every line on the other side.
"""

import sys

# The folder `worker` lies next to this file, in a package of Node: no bytecode is left there. What is imported later,
# torch and transformers, may leave its own as usual.
leaves_none = sys.dont_write_bytecode
sys.dont_write_bytecode = True

from worker.serving import main  # noqa: E402

sys.dont_write_bytecode = leaves_none

if __name__ == "__main__":
    main()
