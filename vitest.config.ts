import { configDefaults, defineConfig } from 'vitest/config';

// Tests that time something run one file at a time, so that they don't disturb each other on two cores.
const timed = [
  'test/unit/engine/reference/{pacer,reference-engine,reference-server-faults,reference-server-timing}.test.ts',
  'test/unit/engine/http/generate-reference.test.ts',
  'test/unit/telemetry/host/host.test.ts',
  'test/unit/traffic/loop/*.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,golden}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...timed],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // What a user sees: runs of the built command, none of which is held to a time.
      {
        extends: true,
        test: {
          name: 'cli',
          include: ['test/{fault,cli,web,bench}/**/*.test.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'flow',
          include: ['test/flow/**/*.test.ts', ...timed],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      // Real engines: `npm run test:engines` sets them up.
      {
        extends: true,
        test: {
          name: 'engines',
          include: ['test/engines/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
