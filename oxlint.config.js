import { mayFetch, mayImport, mayTouch, webMayImport } from './house.config.js';

const rooms = Object.keys(mayImport);

const closedRooms = (open) =>
  rooms
    .filter((room) => !open.includes(room))
    .map((room) => ({ regex: `^\\.{1,2}/(.*/)?${room}/`, message: `open doors here: ${open.join(', ')}` }));

const closedModules = (room) =>
  Object.entries(mayTouch)
    .filter(([, allowed]) => !allowed.includes(room))
    .map(([name, allowed]) => ({ regex: `^${name}(/|$)`, message: `only for: ${allowed.join(', ')}` }));

const walls = (files, room, open) => ({
  files,
  rules: {
    'no-restricted-imports': ['error', { patterns: [...closedRooms(open), ...closedModules(room)] }],
    'no-restricted-globals': mayFetch.includes(room)
      ? 'off'
      : ['error', { globals: ['fetch', 'WebSocket', 'EventSource'], checkGlobalObject: true }],
  },
});

export default {
  ignorePatterns: ['node_modules', 'dist', 'outputs', 'coverage'],
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'oxc/no-barrel-file': ['error', { threshold: 0 }],
    'no-console': 'error',
    'max-lines': ['error', { max: 300, skipComments: true, skipBlankLines: true }],
    'max-params': ['error', { max: 4 }],
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'unicorn/no-process-exit': 'error',
    'unicorn/prefer-node-protocol': 'error',
    // The compiler's noImplicitReturns knows that an exhaustive switch returns; this rule does not.
    'typescript/consistent-return': 'off',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
  },
  overrides: [
    ...rooms.map((room) => walls([`src/${room}/**`], room, [room, ...mayImport[room]])),
    walls(['src/*.ts'], 'cli', ['cli', ...mayImport.cli]),
    walls(['web/**'], 'web', webMayImport),
    { files: ['src/index.ts'], rules: { 'oxc/no-barrel-file': 'off' } },
    {
      files: ['*.config.*', 'scripts/**', 'bench/**', 'examples/**'],
      rules: { 'import/no-default-export': 'off', 'no-console': 'off' },
    },
  ],
};
