import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Aws, CfnStackSet, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { MemberDeleteRoleOptions } from './member-roles';
import {
  MemberDeleteRoleStack,
  MemberReadRoleStack,
  PullTimeExclusionStack,
  type MemberReadRoleStackProps,
  plain,
} from './member-stacks';
import { DEFAULT_NAME } from './names';

/** Which accounts of an organization get the roles, and from where. */
export interface MembersProps {
  /** The organizational units, or the root, whose accounts are read: `ou-abcd-12345678`. */
  readonly units: string[];
  /**
   * The accounts of these units whose registries are swept: they alone get the deleting role.
   * @default - none, and no role that deletes
   */
  readonly registryAccounts?: string[];
  /** The Regions of these registries, where reads are kept out of pull times. @default - this one */
  readonly registryRegions?: string[];
  /** The account that ecr-sweep is deployed in. @default - the one that this stack is in */
  readonly homeAccount?: string;
  /**
   * Whether the stack is in the management account, and not in a delegated administrator of
   * CloudFormation StackSets. @default false
   */
  readonly fromManagementAccount?: boolean;
}

/** What the stack of all members is made of. */
export interface MembersStackProps extends MembersProps {
  /** The name of the deployment at home. @default 'ecr-sweep' */
  readonly name?: string;
  readonly read: MemberReadRoleStackProps;
  /** @default - no role that deletes */
  readonly delete?: MemberDeleteRoleOptions;
}

/**
 * The StackSets that make the roles in all accounts of an organization, in those that join later too.
 *
 * CloudFormation makes nothing in the management account by them: deploy `MemberReadRoleStack` there.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-orgs-manage-auto-deployment.html
 */
export class MembersStack extends Stack {
  constructor(scope: Construct, id: string, props: MembersStackProps) {
    super(scope, id, plain('ecr-sweep: its roles in the accounts of the organization'));
    const { units, registryAccounts = [] } = props;
    const { pullTimeExclusion, ...read } = props.read;
    const registries = {
      organizationalUnitIds: units,
      accounts: registryAccounts,
      accountFilterType: 'INTERSECTION',
    };
    const reads = this.stackSet('Read', props, {
      what: 'the role that reads',
      body: bodyOf((app) => new MemberReadRoleStack(app, 'Read', read)),
      targets: { organizationalUnitIds: units },
      later: true,
    });
    if (props.delete && registryAccounts.length > 0) {
      const wanted = props.delete;
      this.stackSet('Delete', props, {
        what: 'the role that deletes',
        body: bodyOf((app) => new MemberDeleteRoleStack(app, 'Delete', wanted)),
        targets: registries,
        // An account that joins is none of the registries'.
        later: false,
      });
    }
    if (pullTimeExclusion && registryAccounts.length > 0) {
      this.stackSet('PullTime', props, {
        what: 'what keeps its reads out of pull times',
        body: bodyOf((app) => new PullTimeExclusionStack(app, 'PullTime', read)),
        targets: registries,
        regions: props.registryRegions ?? [Aws.REGION],
        later: false,
      }).addDependency(reads);
    }
  }

  private stackSet(id: string, props: MembersStackProps, wanted: Wanted): CfnStackSet {
    return new CfnStackSet(this, id, {
      stackSetName: `${props.name ?? DEFAULT_NAME}-${id.toLowerCase()}`,
      description: `ecr-sweep: ${wanted.what} in other accounts`,
      permissionModel: 'SERVICE_MANAGED',
      callAs: props.fromManagementAccount ? 'SELF' : 'DELEGATED_ADMIN',
      autoDeployment: {
        enabled: wanted.later,
        ...(wanted.later ? { retainStacksOnAccountRemoval: false } : {}),
      },
      managedExecution: { Active: true },
      capabilities: ['CAPABILITY_NAMED_IAM'],
      // One account that fails must not keep the others from their roles.
      operationPreferences: { failureTolerancePercentage: 100, maxConcurrentPercentage: 100 },
      parameters: wanted.regions
        ? undefined
        : [{ parameterKey: 'HomeAccount', parameterValue: props.homeAccount ?? Aws.ACCOUNT_ID }],
      // Roles are of all Regions: one stack an account is enough.
      stackInstancesGroup: [
        { deploymentTargets: wanted.targets, regions: wanted.regions ?? [Aws.REGION] },
      ],
      templateBody: wanted.body,
    });
  }
}

interface Wanted {
  readonly what: string;
  readonly body: string;
  readonly targets: CfnStackSet.DeploymentTargetsProperty;
  /** Where its stacks are, if what they make is not of all Regions. */
  readonly regions?: string[];
  /** Whether accounts get it that join the units later. */
  readonly later: boolean;
}

/** The template of a stack, as one text. */
function bodyOf(make: (app: App) => Stack): string {
  const outdir = mkdtempSync(join(tmpdir(), 'ecr-sweep-'));
  try {
    const app = new App({ outdir, analyticsReporting: false });
    const { artifactId } = make(app);
    return JSON.stringify(app.synth().getStackArtifact(artifactId).template);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
