import type { aws_kms as kms, aws_s3 as s3, aws_sns as sns } from 'aws-cdk-lib';
import { type FunctionName, type PerFunction, READING_FUNCTIONS, perFunction } from '../names';
import { type NoticeChannel, readsSecrets } from '../notice-channels';
import type { DeletableRepositories } from './deletable';
import { deletion } from './deletion';
import type { Permission } from './grant';
import { ORGANIZATION, READS, REGIONS, assumes } from './reads';
import { storeAccess } from './store';
import { usageFileAccess } from './usage-files';
import { writesVault } from './vault';

/** What the permissions of the functions depend on. */
export interface FunctionPermissionsProps {
  readonly bucket: s3.IBucket;
  /** A bucket of its own for copies of what is deleted. */
  readonly vaultBucket?: s3.IBucket;
  readonly topic: sns.ITopic;
  readonly topicKey?: kms.IKey;
  /** Where notices go besides the topic. */
  readonly notices: readonly NoticeChannel[];
  /** What it takes to read the policy, besides the run store. */
  readonly policy: readonly Permission[];
  /** Where deleting is allowed, if it is anywhere. */
  readonly deletable?: readonly DeletableRepositories[];
  readonly readRole: string;
  readonly deleteRole: string;
  /** Usage files in other buckets, as `s3://` addresses. */
  readonly usageFiles: readonly string[];
  /** The organization whose accounts they are roles of, if that is held. */
  readonly organization?: string;
}

/** The permissions of each function, each for itself. */
export function functionPermissions(
  props: FunctionPermissionsProps,
): PerFunction<readonly Permission[]> {
  const reads = assumes(props.readRole, props.organization);
  const own: Partial<Record<FunctionName, readonly Permission[]>> = {
    'list-repos': [ORGANIZATION, ...props.policy],
    'scan-usage': usageFileAccess(props.usageFiles),
    'delete-batch': props.deletable
      ? [
          ...deletion(props.deletable),
          // Accounts and Regions are listed again before anything is deleted: some may be new.
          REGIONS,
          ORGANIZATION,
          assumes(props.deleteRole, props.organization),
          ...(props.vaultBucket ? writesVault(props.vaultBucket) : []),
        ]
      : [],
    notify: [...publishing(props.topic, props.topicKey), ...readsSecrets(props.notices)],
  };
  // Without deletion, delete-batch refuses whatever it is asked.
  const reading = READING_FUNCTIONS.filter((name) => name !== 'delete-batch' || props.deletable);
  return perFunction((name) => [
    ...storeAccess(props.bucket, name),
    ...(reading.includes(name) ? [...READS[name], reads] : []),
    ...(own[name] ?? []),
  ]);
}

/** Tells the topic something. */
export function publishing(topic: sns.ITopic, topicKey?: kms.IKey): Permission[] {
  return [
    { actions: ['sns:Publish'], resources: [topic.topicArn] },
    ...(topicKey
      ? [{ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [topicKey.keyArn] }]
      : []),
  ];
}
