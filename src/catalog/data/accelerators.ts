import type { Accelerator } from '../accelerator.ts';

/**
 * Peaks that the vendors state for each product: bytes (10^9 a GB) of memory traffic a second, and dense 16-bit
 * floating-point operations a second (BF16; of Tesla T4 and V100 FP16). Real kernels reach less: on an H200 a copy moved
 * about 4,300 GB/s, and a BF16 matrix product ran at about 790 TFLOP/s.
 */
export const accelerators: readonly Accelerator[] = [
  { name: 'NVIDIA A100-SXM4-80GB', memoryGB: 80, bandwidthGBps: 2039, tflops: 312 },
  { name: 'NVIDIA A100-SXM4-40GB', memoryGB: 40, bandwidthGBps: 1555, tflops: 312 },
  { name: 'NVIDIA A100 80GB PCIe', memoryGB: 80, bandwidthGBps: 1935, tflops: 312 },
  { name: 'NVIDIA H100 80GB HBM3', memoryGB: 80, bandwidthGBps: 3350, tflops: 989 },
  { name: 'NVIDIA H100 PCIe', memoryGB: 80, bandwidthGBps: 2000, tflops: 756 },
  { name: 'NVIDIA H200', memoryGB: 141, bandwidthGBps: 4800, tflops: 989 },
  { name: 'NVIDIA H20', memoryGB: 96, bandwidthGBps: 4000, tflops: 148 },
  { name: 'NVIDIA L40S', memoryGB: 48, bandwidthGBps: 864, tflops: 362 },
  { name: 'NVIDIA L4', memoryGB: 24, bandwidthGBps: 300, tflops: 121 },
  { name: 'NVIDIA A10', memoryGB: 24, bandwidthGBps: 600, tflops: 125 },
  { name: 'Tesla T4', memoryGB: 16, bandwidthGBps: 320, tflops: 65 },
  { name: 'Tesla V100-SXM2-32GB', memoryGB: 32, bandwidthGBps: 900, tflops: 125 },
  { name: 'NVIDIA GeForce RTX 3090', memoryGB: 24, bandwidthGBps: 936, tflops: 71 },
  { name: 'NVIDIA GeForce RTX 4090', memoryGB: 24, bandwidthGBps: 1008, tflops: 165 },
  { name: 'NVIDIA GeForce RTX 5090', memoryGB: 32, bandwidthGBps: 1792, tflops: 209 },
  { name: 'NVIDIA B200', memoryGB: 180, bandwidthGBps: 8000, tflops: 2250 },
  { name: 'AMD Instinct MI300X', memoryGB: 192, bandwidthGBps: 5300, tflops: 1307 },
];
