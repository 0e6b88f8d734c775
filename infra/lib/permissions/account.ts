import { READING_FUNCTIONS } from '../names';
import type { Permission } from './grant';
import { ORGANIZATION, READS, assumes } from './reads';

/** What is read of an account, by all functions together. */
export function ofAccount(besides: readonly Permission[] = []): Permission[] {
  return merged([...READING_FUNCTIONS.flatMap((name) => READS[name]), ...besides]);
}

/** Reads what a run reads, from home: `plan`, `scan`, `explain`. */
export function planning(readRole: string): Permission[] {
  return [...ofAccount(), ORGANIZATION, assumes(readRole)];
}

/** One permission for each set of resources, with all that is done there. */
function merged(permissions: readonly Permission[]): Permission[] {
  const byResources = new Map<string, Permission>();
  for (const permission of permissions) {
    const key = permission.resources.join(' ');
    const { actions = [], because } = byResources.get(key) ?? {};
    byResources.set(key, {
      resources: permission.resources,
      actions: distinct([...actions, ...permission.actions]).sort(),
      because: distinct([because, permission.because]).join(' '),
    });
  }
  return [...byResources.values()];
}

function distinct<T>(values: (T | undefined)[]): T[] {
  return [...new Set(values)].filter((value) => value !== undefined);
}
