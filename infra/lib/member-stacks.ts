import {
  Aws,
  CfnParameter,
  LegacyStackSynthesizer,
  Stack,
  type StackProps,
  aws_ecr as ecr,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import {
  MemberDeleteRole,
  type MemberDeleteRoleOptions,
  MemberReadRole,
  type MemberReadRoleOptions,
} from './member-roles';
import { DEFAULT_READ_ROLE_NAME } from './names';
import { pathed } from './roles';

/** What a stack with the reading role is made of: home is a parameter of its template. */
export interface MemberReadRoleStackProps extends MemberReadRoleOptions {
  /**
   * Whether reads by the role leave no trace in pull times, in the Region of the stack. Not every
   * Region has the resource. @default false
   */
  readonly pullTimeExclusion?: boolean;
}

/** A template with the reading role: for one account, or for a StackSet over many. */
export class MemberReadRoleStack extends Stack {
  constructor(scope: Construct, id: string, props: MemberReadRoleStackProps = {}) {
    super(scope, id, plain('ecr-sweep: the role that reads in this account'));
    const { role } = new MemberReadRole(this, 'Read', {
      ...props,
      homeAccount: homeAccountParameter(this),
    });
    if (props.pullTimeExclusion) {
      new ecr.CfnPullTimeUpdateExclusion(this, 'PullTime', { principalArn: role.roleArn });
    }
  }
}

/** A template with the deleting role: for one account, or for a StackSet over many. */
export class MemberDeleteRoleStack extends Stack {
  constructor(scope: Construct, id: string, props: MemberDeleteRoleOptions = {}) {
    super(scope, id, plain('ecr-sweep: the role that deletes images in this account'));
    new MemberDeleteRole(this, 'Delete', { ...props, homeAccount: homeAccountParameter(this) });
  }
}

/** A template that keeps reads by the reading role out of one Region's pull times. */
export class PullTimeExclusionStack extends Stack {
  constructor(scope: Construct, id: string, props: MemberReadRoleStackProps = {}) {
    super(scope, id, plain('ecr-sweep: its reads are no pulls in this Region'));
    const role = pathed(props.roleName ?? DEFAULT_READ_ROLE_NAME, props);
    const principalArn = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${role}`;
    new ecr.CfnPullTimeUpdateExclusion(this, 'PullTime', { principalArn });
  }
}

/**
 * A stack whose template is all that it takes: `aws cloudformation deploy` makes it in an account
 * that is not bootstrapped.
 */
export function plain(description: string): StackProps {
  return { description, synthesizer: new LegacyStackSynthesizer() };
}

function homeAccountParameter(stack: Stack): string {
  return new CfnParameter(stack, 'HomeAccount', {
    description: 'The account that ecr-sweep is deployed in',
    allowedPattern: '[0-9]{12}',
  }).valueAsString;
}
