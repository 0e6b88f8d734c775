// Runs every test in one process: loading the CDK takes longer than most of them.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

readdirSync(__dirname)
  .filter((file) => file.endsWith('.test.ts'))
  .forEach((file) => require(join(__dirname, file)));
