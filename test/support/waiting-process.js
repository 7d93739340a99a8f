// Waits a millisecond at a time, and tells on demand for which share of its life it was held back for longer.
let lateMs = 0;
const begunMs = performance.now();
let lastMs = begunMs;

function step() {
  const nowMs = performance.now();
  lateMs += Math.max(0, nowMs - lastMs - 2);
  lastMs = nowMs;
  setTimeout(step, 1);
}

process.on('message', () => process.send?.(lateMs / (performance.now() - begunMs)));
step();
process.send?.('waiting');
