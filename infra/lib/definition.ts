import { readFileSync } from 'node:fs';
import { bundled } from './bundled';

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

/** The definition of the state machine, as it is in the workspace. */
export function definition(): string {
  return readFileSync(bundled('sweep.asl.json', 'statemachine/sweep.asl.json'), 'utf8');
}
