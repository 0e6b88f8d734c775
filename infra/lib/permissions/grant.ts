import { Stack, Validations, aws_iam as iam } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** What a role may do, and why where that is wider than one resource. */
export interface Permission {
  readonly actions: string[];
  readonly resources: string[];
  /** What has to hold besides. */
  readonly conditions?: Conditions;
  /** Whether it is taken away, whatever else allows it. */
  readonly denied?: boolean;
  /** Why a resource has a wildcard. Where it is missing, cdk-nag fails the tests. */
  readonly because?: string;
}

/** Operators, each with keys and what they have to be. */
export type Conditions = Record<string, Record<string, unknown>>;

/** Gives a role or a policy its permissions, each in a statement of its own. */
export function grant(to: iam.Role | iam.ManagedPolicy, permissions: readonly Permission[]): void {
  for (const { actions, resources, conditions, because, denied } of permissions) {
    const effect = denied ? iam.Effect.DENY : iam.Effect.ALLOW;
    const statement = new iam.PolicyStatement({ effect, actions, resources, conditions });
    if (to instanceof iam.Role) {
      to.addToPolicy(statement);
    } else {
      to.addStatements(statement);
    }
    if (because) {
      acknowledge(to, resources, because);
    }
  }
}

/** Gives somebody permissions: whoever that is, of this app or not. */
export function grantTo(grantee: iam.IGrantable, permissions: readonly Permission[]): iam.Grant {
  const grants = permissions.map(({ actions, resources: resourceArns, conditions }) =>
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns, conditions }),
  );
  return grants.reduce((all, one) => all.combine(one));
}

/** Tells cdk-nag why the wildcards in resources have to be there. */
function acknowledge(to: IConstruct, resources: readonly string[], reason: string): void {
  const stack = Stack.of(to);
  const wide = resources.map((resource) => flat(stack.resolve(resource)));
  for (const resource of wide.filter((resource) => resource.includes('*'))) {
    Validations.of(to).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
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
