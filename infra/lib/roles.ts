import { Aspects, type Stack, aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** What an organization asks of every role. */
export interface RolesProps {
  /** The path in front of their names, such as `/platform/`. @default '/' */
  readonly rolePath?: string;
  /** The name of the policy of each account that bounds them, its path in front. @default - none */
  readonly permissionsBoundary?: string;
}

/**
 * A service that may take a role for these resources of the account, and for nothing else.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function actingFor(service: string, stack: Stack, arns: string[]): iam.IPrincipal {
  return new iam.ServicePrincipal(service, {
    conditions: {
      StringEquals: { 'aws:SourceAccount': stack.account },
      ArnLike: { 'aws:SourceArn': arns },
    },
  });
}

/** Gives every role in a scope what the organization asks of it. */
export function settleRoles(scope: Construct, { rolePath, permissionsBoundary }: RolesProps): void {
  if (rolePath) {
    Aspects.of(scope).add({
      visit: (node) => {
        if (node instanceof iam.CfnRole) {
          node.path = checkedPath(rolePath);
        }
      },
    });
  }
  if (permissionsBoundary) {
    const policy = iam.ManagedPolicy.fromManagedPolicyName(scope, 'Boundary', permissionsBoundary);
    iam.PermissionsBoundary.of(scope).apply(policy);
  }
}

/** A role's name with its path, as it stands in its ARN and in the policy. */
export function pathed(name: string, { rolePath = '/' }: RolesProps): string {
  return `${checkedPath(rolePath).slice(1)}${name}`;
}

function checkedPath(path: string): string {
  if (!/^\/([\w+=,.@-]+\/)*$/.test(path)) {
    throw new Error(`the path of the roles starts and ends with a slash, and '${path}' does not`);
  }
  return path;
}
