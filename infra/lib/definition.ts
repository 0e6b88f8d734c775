import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The names that the definition has values for when it is deployed, as `${name}`. */
export const PLACEHOLDERS = [
  'Partition',
  'ListReposArn',
  'ScanUsageArn',
  'PlanRepoArn',
  'DeleteBatchArn',
  'NotifyArn',
  'BucketName',
  'ApprovalTimeoutSeconds',
] as const;

/** A value for each placeholder. */
export type Substitutions = Record<(typeof PLACEHOLDERS)[number], string>;

/** The definition of the state machine, as the workspace has it. */
export function definition(): string {
  return readFileSync(join(__dirname, '../../statemachine/sweep.asl.json'), 'utf8');
}
