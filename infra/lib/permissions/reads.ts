import { Aws } from 'aws-cdk-lib';
import type { PerFunction } from '../names';
import type { Permission } from './grant';
import sources from './sources.json';

/** The repositories of the account whose names match, whatever their Region. */
export function repositories(pattern: string): string {
  return `arn:${Aws.PARTITION}:ecr:*:${Aws.ACCOUNT_ID}:repository/${pattern}`;
}

/** Every repository of the account, whatever its Region. */
const REPOSITORIES = repositories('*');

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

/** What the sources of usage call. They say so themselves: the file is written from them. */
const SOURCES: readonly Permission[] = sources.map(({ actions, resource, because }) => ({
  actions,
  resources: [
    resource.replace('${Partition}', Aws.PARTITION).replace('${Account}', Aws.ACCOUNT_ID),
  ],
  because,
}));

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
      actions: [
        'ecr:DescribePullThroughCacheRules',
        'ecr:DescribeRegistry',
        'ecr:GetRegistryPolicy',
      ],
      resources: ['*'],
      because: NO_RESOURCE,
    },
    {
      actions: ['resource-explorer-2:ListIndexes', 'resource-explorer-2:Search'],
      resources: ['*'],
      because: 'The view that is searched is the default one, whatever that is; these calls read.',
    },
    ...SOURCES,
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
      // The last one for the vault: what goes is copied first, where the policy says so.
      actions: ['ecr:BatchGetImage', 'ecr:DescribeImages', 'ecr:GetDownloadUrlForLayer'],
      resources: [REPOSITORIES],
      because: EVERY_REPOSITORY,
    },
    {
      // Whether somebody asks for what is deleted, where the policy stops a run for that.
      actions: ['cloudtrail:LookupEvents'],
      resources: ['*'],
      because: NO_RESOURCE,
    },
  ],
  notify: [],
};

/** What a function asks AWS Organizations, from the account that the functions are in. */
export const ORGANIZATION: Permission = {
  actions: [
    'organizations:DescribeOrganization',
    'organizations:ListAccounts',
    'organizations:ListAccountsForParent',
    'organizations:ListOrganizationalUnitsForParent',
  ],
  resources: ['*'],
  because: NO_RESOURCE,
};

/** Lets a function take a role of this name, in whatever account of the organization it is. */
export function assumes(roleName: string, organization?: string): Permission {
  return {
    actions: ['sts:AssumeRole'],
    resources: [`arn:${Aws.PARTITION}:iam::*:role/${roleName}`],
    conditions: organization ? { StringEquals: { 'aws:ResourceOrgID': organization } } : undefined,
    because:
      'The policy names the accounts, or the organization does. A role of this name has to trust ' +
      'the function’s role, too.',
  };
}
