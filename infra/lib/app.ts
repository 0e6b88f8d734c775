import type { App } from 'aws-cdk-lib';
import { sweepProps } from './app-options';
import { readConfiguration } from './configuration/read';
import { EcrSweepStack } from './ecr-sweep-stack';
import { MemberDeleteRoleStack, MemberReadRoleStack } from './member-roles';

/** The stacks of an app, as its configuration asks for them. */
export function addStacks(app: App): void {
  const configuration = readConfiguration(app);
  const { name, deletion, readRoleName, deleteRoleName } = configuration;
  new EcrSweepStack(app, 'EcrSweep', sweepProps(configuration));
  new MemberReadRoleStack(app, 'EcrSweepReadRole', { name, roleName: readRoleName });
  if (deletion) {
    new MemberDeleteRoleStack(app, 'EcrSweepDeleteRole', { name, roleName: deleteRoleName });
  }
}
