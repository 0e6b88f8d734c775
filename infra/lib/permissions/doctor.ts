import type { aws_s3 as s3 } from 'aws-cdk-lib';
import doctor from './doctor.json';
import type { Permission } from './grant';
import { IN_THIS_ACCOUNT } from './store';
import { listsVault } from './vault';

/** Where runs are stored, and copies of what they delete if those are elsewhere. */
export interface Buckets {
  readonly bucket: s3.IBucket;
  readonly vaultBucket?: s3.IBucket;
}

/** What the doctor calls in an account of registries that no run does. The file says what it is. */
export const EXAMINING_REGISTRIES: Permission = {
  actions: doctor.registries,
  resources: ['*'],
  because: 'Each registry of the account is looked at, and what was done to it; these calls read.',
};

/** The same at home, where runs are stored and deployed. */
export function examining({ bucket, vaultBucket }: Buckets): Permission[] {
  return [
    EXAMINING_REGISTRIES,
    ...[bucket, ...(vaultBucket ? [vaultBucket] : [])].map(({ bucketArn }) => ({
      actions: doctor.bucket,
      resources: [bucketArn],
      conditions: IN_THIS_ACCOUNT,
    })),
    ...(vaultBucket ? [listsVault(vaultBucket)] : []),
    {
      actions: doctor.deployment,
      resources: ['*'],
      because: 'What a state machine calls and tells is known once it is read; these calls read.',
    },
  ];
}
