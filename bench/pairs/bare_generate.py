"""The bare side of `node bench/pairs.js transformers`: a loop around model.generate, and nothing else.

python bare_generate.py FOLDER DTYPE      FOLDER holds a config.json; the weights are random.
In:  one JSON line a request: {"ids": [...], "outputTokens": n}.      Out: "ready", then one line a request: {"ns": n}.
"""

import gc
import json
import os
import sys
import time

import torch
import transformers


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # What libraries print to standard output must not be taken for an answer.
    os.dup2(2, 1)
    folder, dtype = sys.argv[1:3]
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    torch.manual_seed(1)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=getattr(torch, dtype))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model.to(device).eval().requires_grad_(False)
    ready = {"torch": torch.__version__, "transformers": transformers.__version__, "threads": torch.get_num_threads()}
    print(json.dumps(ready), file=answers)
    for line in sys.stdin:
        request = json.loads(line)
        inputs = torch.tensor([request["ids"]], dtype=torch.long, device=device)
        mask = torch.ones_like(inputs)
        tokens = request["outputTokens"]
        gc.collect()
        with torch.inference_mode():
            if device == "cuda":
                torch.cuda.synchronize()
            began = time.monotonic_ns()
            made = model.generate(
                inputs=inputs, attention_mask=mask, do_sample=False, max_new_tokens=tokens, min_new_tokens=tokens
            )
            if device == "cuda":
                torch.cuda.synchronize()
            ended = time.monotonic_ns()
        if made.shape[1] != len(request["ids"]) + tokens:
            raise RuntimeError(f"{made.shape[1] - len(request['ids'])} of {tokens} tokens were made")
        print(json.dumps({"ns": ended - began}), file=answers)


if __name__ == "__main__":
    main()
