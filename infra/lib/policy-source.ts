import { type aws_s3 as s3, aws_s3_assets as assets } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Permission } from './permissions/grant';
import { IN_THIS_ACCOUNT } from './permissions/store';

/** Where the policy is read, and by which permission if the run store's do not suffice. */
export interface PolicySource {
  /** An `s3://` address. */
  readonly address: string;
  readonly permissions: readonly Permission[];
}

/** The policy that is deployed with the stack: its address changes with its content. */
export function deployedPolicy(scope: Construct, file: string): PolicySource {
  const { bucket, s3BucketName, s3ObjectKey } = new assets.Asset(scope, 'Policy', { path: file });
  const resources = [bucket.arnForObjects(s3ObjectKey)];
  return {
    address: `s3://${s3BucketName}/${s3ObjectKey}`,
    permissions: [{ actions: ['s3:GetObject'], resources, conditions: IN_THIS_ACCOUNT }],
  };
}

/** The policy that somebody puts into the run store's bucket, where no function can write it. */
export function storedPolicy(bucket: s3.IBucket, key: string): PolicySource {
  return { address: `s3://${bucket.bucketName}/${key}`, permissions: [] };
}
