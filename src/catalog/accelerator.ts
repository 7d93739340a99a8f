/** A product and the peaks that its vendor states. */
export interface Accelerator {
  /** As the driver reports it. */
  readonly name: string;
  /** 10^9 bytes. */
  readonly memoryGB: number;
  /** 10^9 bytes a second. */
  readonly bandwidthGBps: number;
  /** 10^12 dense 16-bit floating-point operations a second. */
  readonly tflops: number;
}
