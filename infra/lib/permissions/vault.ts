import type { aws_s3 as s3 } from 'aws-cdk-lib';
import type { Permission } from './grant';
import { IN_THIS_ACCOUNT, keyAccess } from './store';

const COPIES =
  'Copies are named after their bytes, and the policy says what their names start with.';

/** The copies in a vault of its own, wherever in the bucket the policy has them. */
function copies(vault: s3.IBucket): string[] {
  return ['vault/blobs/*', '*/vault/blobs/*'].map((key) => vault.arnForObjects(key));
}

/** Brings copies back. Without the list, S3 denies a copy that is not there instead of saying so. */
export function readsVault(vault: s3.IBucket): Permission[] {
  return [
    {
      actions: ['s3:GetObject'],
      resources: copies(vault),
      conditions: IN_THIS_ACCOUNT,
      because: COPIES,
    },
    listsVault(vault),
    ...keyAccess(vault, ['kms:Decrypt']),
  ];
}

/** Copies what goes, and looks at what is there already. It removes nothing. */
export function writesVault(vault: s3.IBucket): Permission[] {
  return [
    ...readsVault(vault),
    {
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resources: copies(vault),
      conditions: IN_THIS_ACCOUNT,
      because: COPIES,
    },
    ...keyAccess(vault, ['kms:GenerateDataKey']),
  ];
}

/** Looks whose it is. */
export function listsVault(vault: s3.IBucket): Permission {
  return {
    actions: ['s3:ListBucket'],
    resources: [vault.bucketArn],
    conditions: IN_THIS_ACCOUNT,
  };
}
