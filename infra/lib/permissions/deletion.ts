import type { DeletableRepositories } from './deletable';
import type { Conditions, Permission } from './grant';
import { repositories } from './reads';

/**
 * The call that deletes, and the one that archives before that, unless it is known that the policy does not
 * archive. No role has them unless deletion is enabled.
 */
export function deletion(deletable: readonly DeletableRepositories[]): Permission[] {
  return deletable.map(({ names, tags, archives }) => ({
    actions: [
      'ecr:BatchDeleteImage',
      ...(archives === false ? [] : ['ecr:UpdateImageStorageClass']),
    ],
    resources: names.map(repositories),
    conditions: tagged(tags),
    because:
      'Deletion is enabled. The plan names the repositories, and each batch is checked against it ' +
      'and against fresh evidence.',
  }));
}

function tagged(tags: Readonly<Record<string, string>>): Conditions | undefined {
  const keys = Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]);
  return keys.length > 0 ? { StringLike: Object.fromEntries(keys) } : undefined;
}
