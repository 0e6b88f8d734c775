import { Aws, type aws_s3 as s3 } from 'aws-cdk-lib';
import type { FunctionName, PerFunction } from '../names';
import type { Conditions, Permission } from './grant';

/**
 * Where each function writes in the run store. None writes the policy, none deletes, and who
 * never holds the lock cannot write it.
 */
const WRITES: PerFunction<readonly string[]> = {
  'list-repos': ['sweeps/*'],
  'scan-usage': ['sweeps/*', 'cache/*', 'lock.json'],
  'plan-repo': ['sweeps/*', 'cache/*', 'lock.json'],
  'delete-batch': ['sweeps/*', 'cache/*', 'vault/*', 'lock.json'],
  notify: ['sweeps/*', 'lock.json'],
};

/** Whoever finds a bucket's name that became free must neither get documents nor give any. */
export const IN_THIS_ACCOUNT: Conditions = {
  StringEquals: { 'aws:ResourceAccount': Aws.ACCOUNT_ID },
};

/** Where it is stored what runs that wait are approved by. */
export const TOKENS = 'sweeps/*/approval/request.json';

const DOCUMENTS = 'The documents of a run have names that the run decides.';

/** What a function may do in the run store. */
export function storeAccess(bucket: s3.IBucket, name: FunctionName): Permission[] {
  return [
    {
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: IN_THIS_ACCOUNT,
      because: DOCUMENTS,
    },
    {
      actions: ['s3:PutObject'],
      resources: WRITES[name].map((key) => bucket.arnForObjects(key)),
      conditions: IN_THIS_ACCOUNT,
      because: DOCUMENTS,
    },
    // Layers that are copied to the vault may be large, and are uploaded in parts.
    ...(name === 'delete-batch'
      ? [
          {
            actions: ['s3:AbortMultipartUpload'],
            resources: [bucket.arnForObjects('vault/*')],
            conditions: IN_THIS_ACCOUNT,
            because: DOCUMENTS,
          },
        ]
      : []),
    // notify stores a token, and looks whether it is there. No other function needs one.
    ...(name === 'notify' ? [] : [withoutTokens(bucket)]),
    // Without it, S3 denies a document that is not there instead of saying so.
    {
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: IN_THIS_ACCOUNT,
    },
    ...keyAccess(bucket),
  ];
}

/** Reads no token, whatever else allows it. */
export function withoutTokens(bucket: s3.IBucket): Permission {
  return {
    actions: ['s3:GetObject', 's3:GetObjectVersion'],
    resources: [bucket.arnForObjects(TOKENS)],
    denied: true,
    because: DOCUMENTS,
  };
}

/**
 * What the state machine may do in the run store: read the arrays that its Maps go through, and
 * write what the Maps' children answered, which nothing reads again.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
 */
export function mapAccess(bucket: s3.IBucket): Permission[] {
  const answers = bucket.arnForObjects('sweeps/*/map/*');
  return [
    {
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects('sweeps/*/items/*'), answers],
      conditions: IN_THIS_ACCOUNT,
      because: DOCUMENTS,
    },
    {
      actions: ['s3:PutObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      resources: [answers],
      conditions: IN_THIS_ACCOUNT,
      because: DOCUMENTS,
    },
    ...keyAccess(bucket),
  ];
}

/** What it takes to read or write where the run store has a key. */
export function keyAccess(
  { encryptionKey }: s3.IBucket,
  actions = ['kms:Decrypt', 'kms:GenerateDataKey'],
): Permission[] {
  return encryptionKey ? [{ actions, resources: [encryptionKey.keyArn] }] : [];
}
