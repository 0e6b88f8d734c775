import type { aws_s3 as s3 } from 'aws-cdk-lib';
import type { Permission } from './grant';
import { assumes, repositories } from './reads';
import { IN_THIS_ACCOUNT } from './store';

/**
 * Puts images back, and has those restored that are archived: `restore`. No function has it, and nothing of
 * it deletes.
 *
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
 */
export const RESTORING: Permission = {
  actions: [
    'ecr:BatchCheckLayerAvailability',
    'ecr:CompleteLayerUpload',
    'ecr:InitiateLayerUpload',
    'ecr:PutImage',
    'ecr:UpdateImageStorageClass',
    'ecr:UploadLayerPart',
  ],
  resources: [repositories('*')],
  because: 'Which repositories a run has deleted in is known only once it has.',
};

/** What there is of a repository by now. */
const LOOKING: Permission = {
  actions: ['ecr:DescribeImages'],
  resources: [repositories('*')],
  because: RESTORING.because,
};

/** What whoever restores does besides reading runs. */
export function restoring({ bucket, readRole, restoreRole }: RestoringOf): Permission[] {
  return [
    RESTORING,
    LOOKING,
    {
      actions: ['s3:PutObject'],
      resources: ['sweeps/*/restored/*', 'lock.json'].map((key) => bucket.arnForObjects(key)),
      conditions: IN_THIS_ACCOUNT,
      because: 'Runs have names that they are given when they start.',
    },
    assumes(readRole),
    assumes(restoreRole),
  ];
}

export interface RestoringOf {
  readonly bucket: s3.IBucket;
  readonly readRole: string;
  readonly restoreRole: string;
}
