import type { Permission } from './grant';
import { REPOSITORIES } from './reads';

/** The one call that deletes. No role has it unless deletion is enabled. */
export const DELETION: Permission = {
  actions: ['ecr:BatchDeleteImage'],
  resources: [REPOSITORIES],
  because:
    'Deletion is enabled. The plan names the repositories, and each batch is checked against it ' +
    'and against fresh evidence.',
};
