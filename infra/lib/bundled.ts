import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where something is that the npm package has a copy of in `assets`. In the workspace it is where the
 * package is made from.
 */
export function bundled(name: string, inWorkspace: string): string {
  const copy = join(__dirname, '../assets', name);
  return existsSync(copy) ? copy : join(__dirname, '../..', inWorkspace);
}
