import type { aws_kms as kms, aws_s3 as s3, aws_sns as sns } from 'aws-cdk-lib';
import { type FunctionName, type PerFunction, READING_FUNCTIONS, perFunction } from '../names';
import { DELETION } from './deletion';
import type { Permission } from './grant';
import { ORGANIZATION, READS, REGIONS, assumes } from './reads';
import { storeAccess } from './store';

/** What the permissions of the functions depend on. */
export interface FunctionPermissionsProps {
  readonly bucket: s3.IBucket;
  readonly topic: sns.ITopic;
  readonly topicKey: kms.IKey;
  /** What it takes to read the policy, besides the run store. */
  readonly policy: readonly Permission[];
  readonly deletion: boolean;
  readonly readRoleName: string;
  readonly deleteRoleName: string;
}

/** The permissions of each function, each for itself. */
export function functionPermissions(
  props: FunctionPermissionsProps,
): PerFunction<readonly Permission[]> {
  const own: Partial<Record<FunctionName, readonly Permission[]>> = {
    'list-repos': [ORGANIZATION, ...props.policy],
    'delete-batch': props.deletion
      ? // Accounts and Regions are listed again before anything is deleted: some may be new.
        [DELETION, REGIONS, ORGANIZATION, assumes(props.deleteRoleName)]
      : [],
    notify: [
      { actions: ['sns:Publish'], resources: [props.topic.topicArn] },
      { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [props.topicKey.keyArn] },
    ],
  };
  return perFunction((name) => [
    ...storeAccess(props.bucket, name),
    ...READS[name],
    ...(READING_FUNCTIONS.includes(name) ? [assumes(props.readRoleName)] : []),
    ...(own[name] ?? []),
  ]);
}
