import { Aws, type aws_s3 as s3, aws_s3_assets as assets } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Permission } from './permissions/grant';
import { IN_THIS_ACCOUNT } from './permissions/store';

/** Where the policy is read, and by which permission if the run store's do not suffice. */
export interface ReadPolicy {
  /** An `s3://` address. */
  readonly address: string;
  readonly permissions: readonly Permission[];
}

/** The policy that is deployed with the stack: its address changes with its content. */
export function deployedPolicy(scope: Construct, file: string): ReadPolicy {
  const { bucket, s3BucketName, s3ObjectKey } = new assets.Asset(scope, 'Policy', { path: file });
  const resources = [bucket.arnForObjects(s3ObjectKey)];
  return {
    address: `s3://${s3BucketName}/${s3ObjectKey}`,
    permissions: [
      { actions: ['s3:GetObject'], resources, conditions: IN_THIS_ACCOUNT },
      {
        actions: ['kms:Decrypt'],
        resources: [`arn:${Aws.PARTITION}:kms:${Aws.REGION}:${Aws.ACCOUNT_ID}:key/*`],
        conditions: {
          StringEquals: {
            'kms:ViaService': `s3.${Aws.REGION}.${Aws.URL_SUFFIX}`,
            // S3 names the object, or with a bucket key the bucket.
            'kms:EncryptionContext:aws:s3:arn': [bucket.bucketArn, ...resources],
          },
        },
        because:
          'The assets may have a key of the organization’s, of which nothing is known here; it ' +
          'decrypts what S3 has of this policy, and no more.',
      },
    ],
  };
}

/** The policy that somebody puts into the run store's bucket, where no function can write it. */
export function storedPolicy(bucket: s3.IBucket, key: string): ReadPolicy {
  return { address: `s3://${bucket.bucketName}/${key}`, permissions: [] };
}
