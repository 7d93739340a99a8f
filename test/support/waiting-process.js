// Waits a millisecond at a time, and tells on demand for which share of its life it was held back for longer.
let lateMs = 0;
let begunMs = performance.now();
let lastMs = begunMs;
// The first steps pay for the start of the process.
let left = 50;
// In less than this a wait or two would be a large share.
const leastMs = 100;

// The wait under way counts as well: a question may be read before the timer that is long due.
function count() {
  const nowMs = performance.now();
  lateMs += Math.max(0, nowMs - lastMs - 2);
  lastMs = nowMs;
  return nowMs;
}

function step() {
  const nowMs = count();
  if (--left === 0) {
    lateMs = 0;
    begunMs = nowMs;
    process.send?.('waiting');
  }
  setTimeout(step, 1);
}

process.on('message', () => {
  const nowMs = count();
  process.send?.(lateMs / Math.max(leastMs, nowMs - begunMs));
});
step();
