/** The machine's calibration, in its own place and in the directory of each run that was judged by it. */
export const calibrationName = 'calibration.json';
