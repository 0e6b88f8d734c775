import { Stack, Validations, aws_iam as iam } from 'aws-cdk-lib';

/** What a role may do, and why where that is wider than one resource. */
export interface Permission {
  readonly actions: string[];
  readonly resources: string[];
  /** What has to hold besides. */
  readonly conditions?: Conditions;
  /** Why a resource has a wildcard. Where it is missing, cdk-nag fails the tests. */
  readonly because?: string;
}

/** Operators, each with keys and what they have to be. */
export type Conditions = Record<string, Record<string, unknown>>;

/** Gives a role its permissions, each in a statement of its own. */
export function grant(role: iam.Role, permissions: readonly Permission[]): void {
  for (const { actions, resources, conditions, because } of permissions) {
    role.addToPolicy(new iam.PolicyStatement({ actions, resources, conditions }));
    if (because) {
      acknowledge(role, resources, because);
    }
  }
}

/** Tells cdk-nag why the wildcards in a role's resources have to be there. */
function acknowledge(role: iam.Role, resources: readonly string[], reason: string): void {
  const stack = Stack.of(role);
  const wide = resources.map((resource) => flat(stack.resolve(resource)));
  for (const resource of wide.filter((resource) => resource.includes('*'))) {
    Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }
}

/** A resource as cdk-nag names it: intrinsic functions in angle brackets. */
function flat(resource: unknown): string {
  if (typeof resource === 'string') {
    return resource;
  }
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = resource as Intrinsic;
  if (Ref) {
    return `<${Ref}>`;
  }
  if (attribute) {
    return `<${attribute.join('.')}>`;
  }
  if (join) {
    return join[1].map(flat).join(join[0]);
  }
  throw new Error(`cannot name the resource ${JSON.stringify(resource)}`);
}

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: string[];
  readonly 'Fn::Join'?: [string, unknown[]];
}
