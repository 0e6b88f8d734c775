import type { aws_s3 as s3 } from 'aws-cdk-lib';
import { executionArn } from '../names';
import { planning } from './account';
import { examining } from './doctor';
import type { Permission } from './grant';
import { restoring } from './restoring';
import { IN_THIS_ACCOUNT, keyAccess, withoutTokens } from './store';
import { readsVault } from './vault';

/** What people do with a deployment. */
export type Part = 'reader' | 'starter' | 'approver' | 'restorer' | 'planner' | 'doctor';

/** What there is to read, to start and to approve. */
export interface Runs {
  readonly bucket: s3.IBucket;
  /** As it is known before there is one: what it is made of stands in it. */
  readonly machineArn: string;
}

/** The same, and what there is to put back. */
export interface PeopleOf extends Runs {
  /** The roles of other accounts that read, and that put images back. */
  readonly readRole: string;
  readonly restoreRole: string;
  /** A bucket of its own for copies of what is deleted. */
  readonly vaultBucket?: s3.IBucket;
}

const RUNS = 'Runs have names that they are given when they start.';

/** Reads runs: `show`, `watch`, `explain --run`. */
export function reading({ bucket, machineArn }: Runs): Permission[] {
  return [
    {
      actions: ['s3:GetObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: IN_THIS_ACCOUNT,
      because: RUNS,
    },
    {
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: IN_THIS_ACCOUNT,
    },
    ...keyAccess(bucket, ['kms:Decrypt']),
    {
      actions: ['states:DescribeExecution'],
      resources: [`${executionArn(machineArn)}:*`],
      because: RUNS,
    },
  ];
}

/** Starts runs: `start`. */
export function starting({ machineArn }: Runs): Permission[] {
  return [{ actions: ['states:StartExecution'], resources: [machineArn] }];
}

/**
 * Answers for runs that wait: `approve`. It is evaluated on the state machine, of which the token is.
 */
export function approving({ machineArn }: Runs): Permission[] {
  return [{ actions: ['states:SendTaskSuccess'], resources: [machineArn] }];
}

/**
 * The policy of each part. Who starts runs approves none, and who approves none reads no token, whatever else
 * they are allowed.
 */
export function policiesOf(of: PeopleOf): Record<Part, readonly Permission[]> {
  const never = (permissions: Permission[]) => permissions.map((it) => ({ ...it, denied: true }));
  const looking = [...reading(of), withoutTokens(of.bucket)];
  return {
    reader: looking,
    starter: [...looking, ...starting(of), ...never(approving(of))],
    approver: [...reading(of), ...approving(of), ...never(starting(of))],
    // It writes the lock, so that nothing is deleted meanwhile, and with a key of the bucket's own.
    restorer: [
      ...looking,
      ...restoring(of),
      ...keyAccess(of.bucket, ['kms:GenerateDataKey']),
      ...(of.vaultBucket ? readsVault(of.vaultBucket) : []),
    ],
    // Whoever asks the doctor has both: one policy of all would be longer than IAM takes.
    planner: planning(of.readRole),
    doctor: [...looking, ...examining(of)],
  };
}
