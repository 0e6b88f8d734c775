import { Aws, aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import {
  DEFAULT_DELETE_ROLE_NAME,
  DEFAULT_NAME,
  DEFAULT_READ_ROLE_NAME,
  type FunctionName,
  READING_FUNCTIONS,
  functionName,
} from './names';
import { type DeletableRepositories, deletableRepositories } from './permissions/deletable';
import { deletion } from './permissions/deletion';
import { type Permission, grant } from './permissions/grant';
import { READS } from './permissions/reads';
import { type RolesProps, pathed, settleRoles } from './roles';

/** Whom a member account lets in, wherever home is. */
export interface MemberRoleOptions extends RolesProps {
  /** The name of that deployment. @default 'ecr-sweep' */
  readonly name?: string;
  /** The role's name. @default - 'EcrSweepRead' or 'EcrSweepDelete' */
  readonly roleName?: string;
  /** The organization that the home account has to be in. @default - any, or none */
  readonly organization?: string;
}

/** Whom a member account lets delete, and where, wherever home is. */
export interface MemberDeleteRoleOptions extends MemberRoleOptions {
  /** The repositories that can be deleted in. @default - all */
  readonly deletable?: DeletableRepositories[];
}

/** Whom a member account lets in. */
export interface MemberRoleProps extends MemberRoleOptions {
  /** The account that ecr-sweep is deployed in. */
  readonly homeAccount: string;
}

/** Whom a member account lets delete, and where. */
export interface MemberDeleteRoleProps extends MemberDeleteRoleOptions {
  /** The account that ecr-sweep is deployed in. */
  readonly homeAccount: string;
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

  constructor(scope: Construct, id: string, props: MemberDeleteRoleProps) {
    super(scope, id);
    this.role = memberRole(this, props, {
      roleName: props.roleName ?? DEFAULT_DELETE_ROLE_NAME,
      description: 'Lets ecr-sweep delete images; it reads by another role',
      trusted: ['delete-batch'],
      permissions: deletion(props.deletable ?? deletableRepositories({})),
    });
  }
}

interface MemberRole {
  readonly roleName: string;
  readonly description: string;
  readonly trusted: readonly FunctionName[];
  readonly permissions: readonly Permission[];
}

function memberRole(scope: Construct, props: MemberRoleProps, wanted: MemberRole): iam.Role {
  const { homeAccount, name = DEFAULT_NAME, organization } = props;
  const trusted = wanted.trusted.map(
    (trusted) =>
      `arn:${Aws.PARTITION}:iam::${homeAccount}:role/${pathed(functionName(name, trusted), props)}`,
  );
  const role = new iam.Role(scope, 'Role', {
    roleName: wanted.roleName,
    description: wanted.description,
    // The roles are compared by name: as principals they would have to exist first, and a home
    // that is deployed anew would be locked out, silently.
    assumedBy: new iam.PrincipalWithConditions(new iam.AccountPrincipal(homeAccount), {
      ArnEquals: { 'aws:PrincipalArn': trusted },
      ...(organization ? { StringEquals: { 'aws:PrincipalOrgID': organization } } : {}),
    }),
  });
  grant(role, wanted.permissions);
  settleRoles(scope, props);
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
