import {
  Aws,
  CfnParameter,
  DefaultStackSynthesizer,
  Stack,
  type StackProps,
  aws_iam as iam,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  DEFAULT_DELETE_ROLE_NAME,
  DEFAULT_NAME,
  DEFAULT_READ_ROLE_NAME,
  type FunctionName,
  READING_FUNCTIONS,
  functionName,
} from './names';
import { DELETION } from './permissions/deletion';
import { type Permission, grant } from './permissions/grant';
import { READS } from './permissions/reads';

/** Whom a member account lets in. */
export interface MemberRoleProps {
  /** The account that ecr-sweep is deployed in. */
  readonly homeAccount: string;
  /** The name of that deployment. @default 'ecr-sweep' */
  readonly name?: string;
  /** The role's name. @default - 'EcrSweepRead' or 'EcrSweepDelete' */
  readonly roleName?: string;
}

/** The role that every account has whose registries are swept, or that could use their images. */
export class MemberReadRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: MemberRoleProps) {
    super(scope, id);
    this.role = memberRole(this, props, {
      roleName: props.roleName ?? DEFAULT_READ_ROLE_NAME,
      description: 'Lets ecr-sweep read what images there are and what uses them',
      trusted: READING_FUNCTIONS,
      permissions: merged(READING_FUNCTIONS.flatMap((name) => READS[name])),
    });
  }
}

/** The role of accounts whose registries are swept, once deletion is wanted. */
export class MemberDeleteRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: MemberRoleProps) {
    super(scope, id);
    this.role = memberRole(this, props, {
      roleName: props.roleName ?? DEFAULT_DELETE_ROLE_NAME,
      description: 'Lets ecr-sweep delete images; it reads by another role',
      trusted: ['delete-batch'],
      permissions: [DELETION],
    });
  }
}

/** What a stack of one member role is made of. */
export interface MemberRoleStackProps extends StackProps, Omit<MemberRoleProps, 'homeAccount'> {}

/** A template with the reading role, for a StackSet over the organization. */
export class MemberReadRoleStack extends Stack {
  constructor(scope: Construct, id: string, props: MemberRoleStackProps = {}) {
    super(scope, id, withoutBootstrap(props));
    new MemberReadRole(this, 'Read', { ...props, homeAccount: homeAccountParameter(this) });
  }
}

/** A template with the deleting role, for a StackSet over the accounts that are swept. */
export class MemberDeleteRoleStack extends Stack {
  constructor(scope: Construct, id: string, props: MemberRoleStackProps = {}) {
    super(scope, id, withoutBootstrap(props));
    new MemberDeleteRole(this, 'Delete', { ...props, homeAccount: homeAccountParameter(this) });
  }
}

/** Member accounts need not be bootstrapped: the template has no assets. */
function withoutBootstrap({ name, roleName, ...props }: MemberRoleStackProps): StackProps {
  const synthesizer = new DefaultStackSynthesizer({ generateBootstrapVersionRule: false });
  return { synthesizer, ...props };
}

function homeAccountParameter(stack: Stack): string {
  return new CfnParameter(stack, 'HomeAccount', {
    description: 'The account that ecr-sweep is deployed in',
    allowedPattern: '[0-9]{12}',
  }).valueAsString;
}

interface MemberRole {
  readonly roleName: string;
  readonly description: string;
  readonly trusted: readonly FunctionName[];
  readonly permissions: readonly Permission[];
}

function memberRole(scope: Construct, props: MemberRoleProps, wanted: MemberRole): iam.Role {
  const { homeAccount, name = DEFAULT_NAME } = props;
  const trusted = wanted.trusted.map(
    (trusted) => `arn:${Aws.PARTITION}:iam::${homeAccount}:role/${functionName(name, trusted)}`,
  );
  const role = new iam.Role(scope, 'Role', {
    roleName: wanted.roleName,
    description: wanted.description,
    // The roles are compared by name: as principals they would have to exist first, and a home
    // that is deployed anew would be locked out, silently.
    assumedBy: new iam.PrincipalWithConditions(new iam.AccountPrincipal(homeAccount), {
      ArnEquals: { 'aws:PrincipalArn': trusted },
    }),
  });
  grant(role, wanted.permissions);
  return role;
}

/** One permission for each set of resources, with all that the functions do there. */
function merged(permissions: readonly Permission[]): Permission[] {
  const byResources = new Map<string, Permission>();
  for (const permission of permissions) {
    const key = permission.resources.join(' ');
    const { actions = [], because } = byResources.get(key) ?? {};
    byResources.set(key, {
      resources: permission.resources,
      actions: distinct([...actions, ...permission.actions]).sort(),
      because: distinct([because, permission.because]).join(' '),
    });
  }
  return [...byResources.values()];
}

function distinct<T>(values: (T | undefined)[]): T[] {
  return [...new Set(values)].filter((value) => value !== undefined);
}
