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
import { ofAccount } from './permissions/account';
import { type DeletableRepositories, deletableRepositories } from './permissions/deletable';
import { deletion } from './permissions/deletion';
import { EXAMINING_REGISTRIES } from './permissions/doctor';
import { type Permission, grant } from './permissions/grant';
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

/** Whom a member account lets read, wherever home is. */
export interface MemberReadRoleOptions extends MemberRoleOptions {
  /**
   * The roles and users of home that ask `ecr-sweep doctor`, as ARNs with `*`: the role trusts them, too, and
   * may do what the doctor does besides. @default - none, and a role that is the functions' alone
   */
  readonly doctors?: string[];
}

/** Whom a member account lets delete, and where, wherever home is. */
export interface MemberDeleteRoleOptions extends MemberRoleOptions {
  /** The repositories that can be deleted in. @default - all */
  readonly deletable?: DeletableRepositories[];
}

/** Whom a member account lets read. */
export interface MemberReadRoleProps extends MemberReadRoleOptions {
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

  constructor(scope: Construct, id: string, props: MemberReadRoleProps) {
    super(scope, id);
    const { doctors = [] } = props;
    this.role = memberRole(this, props, {
      roleName: props.roleName ?? DEFAULT_READ_ROLE_NAME,
      description: 'Lets ecr-sweep read what images there are and what uses them',
      trusted: READING_FUNCTIONS,
      trustedBesides: doctors,
      permissions: ofAccount(doctors.length > 0 ? [EXAMINING_REGISTRIES] : []),
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

/** Whom a member account lets in. */
interface MemberRoleProps extends MemberRoleOptions {
  readonly homeAccount: string;
}

interface MemberRole {
  readonly roleName: string;
  readonly description: string;
  readonly trusted: readonly FunctionName[];
  readonly trustedBesides?: readonly string[];
  readonly permissions: readonly Permission[];
}

function memberRole(scope: Construct, props: MemberRoleProps, wanted: MemberRole): iam.Role {
  const { homeAccount, name = DEFAULT_NAME, organization } = props;
  const functions = wanted.trusted.map(
    (trusted) =>
      `arn:${Aws.PARTITION}:iam::${homeAccount}:role/${pathed(functionName(name, trusted), props)}`,
  );
  const trusted = [...functions, ...(wanted.trustedBesides ?? [])];
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
