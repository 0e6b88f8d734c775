import type { aws_s3 as s3 } from 'aws-cdk-lib';
import doctor from './doctor.json';
import type { Permission } from './grant';
import { IN_THIS_ACCOUNT } from './store';

/** What the doctor calls in an account of registries that no run does. The file says what it is. */
export const EXAMINING_REGISTRIES: Permission = {
  actions: doctor.registries,
  resources: ['*'],
  because: 'Each registry of the account is looked at, and what was done to it; these calls read.',
};

/** The same at home, where runs are stored and deployed. */
export function examining(bucket: s3.IBucket): Permission[] {
  return [
    EXAMINING_REGISTRIES,
    { actions: doctor.bucket, resources: [bucket.bucketArn], conditions: IN_THIS_ACCOUNT },
    {
      actions: doctor.deployment,
      resources: ['*'],
      because: 'What a state machine calls and tells is known once it is read; these calls read.',
    },
  ];
}
