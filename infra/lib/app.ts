import type { App } from 'aws-cdk-lib';
import { readOptions } from './app-options';
import { EcrSweepStack } from './ecr-sweep-stack';
import { MemberDeleteRoleStack, MemberReadRoleStack } from './member-roles';

/** The stacks of an app, as its context asks for them. */
export function addStacks(app: App): void {
  const options = readOptions(app);
  const { name, deletion, readRoleName, deleteRoleName } = options;
  new EcrSweepStack(app, 'EcrSweep', options);
  new MemberReadRoleStack(app, 'EcrSweepReadRole', { name, roleName: readRoleName });
  if (deletion) {
    new MemberDeleteRoleStack(app, 'EcrSweepDeleteRole', { name, roleName: deleteRoleName });
  }
}
