import { Aws } from 'aws-cdk-lib';
import type { PerFunction } from '../names';
import type { Permission } from './grant';

/** Every function of the account, whatever its Region. */
const FUNCTIONS = `arn:${Aws.PARTITION}:lambda:*:${Aws.ACCOUNT_ID}:function:*`;

/** Every repository of the account, whatever its Region. */
export const REPOSITORIES = `arn:${Aws.PARTITION}:ecr:*:${Aws.ACCOUNT_ID}:repository/*`;

const EVERY_REPOSITORY =
  'Which repositories there are, and which of them the policy takes, is known only at run time; ' +
  'these calls read, in this account.';

const NO_RESOURCE = 'IAM knows no resource for these calls; they read, in this account.';

/** In which Regions of an account something could use an image. */
export const REGIONS: Permission = {
  actions: ['account:ListRegions'],
  resources: ['*'],
  because: NO_RESOURCE,
};

/**
 * What a function reads of an account: its own, and with the role of another, that one.
 * `docs/permissions.md` says what for; a test compares them.
 */
export const READS: PerFunction<readonly Permission[]> = {
  'list-repos': [
    {
      actions: ['ecr:DescribeRepositories', 'ecr:ListTagsForResource'],
      resources: [REPOSITORIES],
      because: EVERY_REPOSITORY,
    },
    REGIONS,
  ],
  'scan-usage': [
    {
      actions: ['ecr:DescribeRegistry', 'ecr:GetRegistryPolicy'],
      resources: ['*'],
      because: NO_RESOURCE,
    },
    {
      actions: [
        'ecs:DescribeServiceDeployments',
        'ecs:DescribeServiceRevisions',
        'ecs:DescribeServices',
        'ecs:DescribeTaskDefinition',
        'ecs:DescribeTasks',
        'ecs:ListClusters',
        'ecs:ListServiceDeployments',
        'ecs:ListServices',
        'ecs:ListTaskDefinitions',
        'ecs:ListTasks',
      ],
      resources: ['*'],
      because:
        'Whatever runs anywhere in the account could use an image: one cluster that is not read ' +
        'is one that loses its images. Half of these calls know no resource; all of them read.',
    },
    { actions: ['lambda:ListFunctions'], resources: ['*'], because: NO_RESOURCE },
    {
      actions: ['lambda:GetFunction'],
      resources: [FUNCTIONS],
      because: 'Every function of the account could be made of an image; this call reads.',
    },
  ],
  'plan-repo': [
    {
      actions: ['ecr:BatchGetImage', 'ecr:DescribeImages', 'ecr:GetRepositoryPolicy'],
      resources: [REPOSITORIES],
      because: EVERY_REPOSITORY,
    },
  ],
  'delete-batch': [
    {
      actions: ['ecr:BatchGetImage', 'ecr:DescribeImages'],
      resources: [REPOSITORIES],
      because: EVERY_REPOSITORY,
    },
  ],
  notify: [],
};

/** What a function asks AWS Organizations, from the account that the functions are in. */
export const ORGANIZATION: Permission = {
  actions: ['organizations:DescribeOrganization', 'organizations:ListAccounts'],
  resources: ['*'],
  because: NO_RESOURCE,
};

/** Lets a function take a role of this name, in whatever account it is. */
export function assumes(roleName: string): Permission {
  return {
    actions: ['sts:AssumeRole'],
    resources: [`arn:${Aws.PARTITION}:iam::*:role/${roleName}`],
    because:
      'The policy names the accounts, or the organization does. A role of this name has to trust ' +
      'the function’s role, too.',
  };
}
