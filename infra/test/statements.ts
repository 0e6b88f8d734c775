import type { Template } from 'aws-cdk-lib/assertions';

/** A statement of a policy, with lists where there could be one, and intrinsics written flat. */
export interface Statement {
  readonly effect: string;
  readonly actions: string[];
  readonly resources: string[];
  readonly conditions?: unknown;
}

/** What the role of this name is allowed, in all its policies. */
export function statementsOf(template: Template, roleName: string): Statement[] {
  const roles = template.findResources('AWS::IAM::Role', { Properties: { RoleName: roleName } });
  const [id, ...others] = Object.keys(roles);
  if (!id || others.length > 0) {
    throw new Error(`there is not one role ${roleName}`);
  }
  const { Policies, ManagedPolicyArns } = roles[id]!.Properties;
  if (Policies || ManagedPolicyArns) {
    throw new Error(`the role ${roleName} has policies that this does not read`);
  }
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some((role: { Ref: string }) => role.Ref === id))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement.map(statement));
}

/** All actions that the role of this name is allowed. */
export function actionsOf(template: Template, roleName: string): string[] {
  return statementsOf(template, roleName)
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ actions }) => actions)
    .sort();
}

/** The resources on which the role of this name is allowed an action. */
export function resourcesOf(template: Template, roleName: string, action: string): string[] {
  return statementsOf(template, roleName)
    .filter(({ effect, actions }) => effect === 'Allow' && actions.includes(action))
    .flatMap(({ resources }) => resources);
}

export function statement(raw: Record<string, unknown>): Statement {
  return {
    effect: String(raw.Effect),
    actions: list(raw.Action).map(flat),
    resources: list(raw.Resource).map(flat),
    ...(raw.Condition === undefined ? {} : { conditions: raw.Condition }),
  };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** A value with its intrinsic functions in angle brackets, and logical ids without their hash. */
export function flat(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
    'Fn::Sub': sub,
  } = value as Record<string, any>;
  if (Ref) {
    return `<${Ref.replace(/[0-9A-F]{8}$/, '')}>`;
  }
  if (attribute) {
    return `<${attribute[0].replace(/[0-9A-F]{8}$/, '')}>`;
  }
  if (sub) {
    return sub;
  }
  return join[1].map(flat).join(join[0]);
}
