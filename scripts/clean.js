// Removes what a build or a coverage run leaves.
import { rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
for (const folder of ['dist', 'coverage']) rmSync(join(root, folder), { recursive: true, force: true });
