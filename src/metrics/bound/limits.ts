/**
 * From where on a row tells of the client or of the path, and no longer of the server alone.
 */
export const boundLimits = {
  /** Of TTFT and of a token gap: as much as may scatter between repetitions without advice, and more than most changes that are looked for. */
  clientShare: 0.05,
  /** Of the highest token rate: a loop that is at work 7 tenths of the time makes its tokens wait for each other. */
  rateShare: 0.7,
  /** Of TTFT: the network is no fault of the client's, but a server is not to blame for a tenth that it never had. */
  roundTripShare: 0.1,
} as const;
