import type { App } from 'aws-cdk-lib';
import { sweepProps } from './app-options';
import type { Configuration } from './configuration/configuration';
import { readConfiguration } from './configuration/read';
import { deletable } from './ecr-sweep';
import { existing } from './existing';
import { EcrSweepStack } from './ecr-sweep-stack';
import { PlainEcrSweepStack } from './plain-stack';
import type { MemberDeleteRoleOptions } from './member-roles';
import {
  MemberDeleteRoleStack,
  MemberReadRoleStack,
  type MemberReadRoleStackProps,
} from './member-stacks';
import { MembersStack } from './members-stack';

/** The stacks of an app, as its configuration asks for them. */
export function addStacks(app: App): void {
  const configuration = readConfiguration(app);
  const read = readRole(configuration);
  const deleting = configuration.deletion ? deleteRole(configuration) : undefined;
  const SweepStack = configuration.plain ? PlainEcrSweepStack : EcrSweepStack;
  new SweepStack(app, 'EcrSweep', (stack) => ({
    ...sweepProps(configuration),
    ...existing(stack, configuration),
  }));
  new MemberReadRoleStack(app, 'EcrSweepReadRole', read);
  if (deleting) {
    new MemberDeleteRoleStack(app, 'EcrSweepDeleteRole', deleting);
  }
  const { name, members } = configuration;
  if (members) {
    new MembersStack(app, 'EcrSweepMembers', { ...members, name, read, delete: deleting });
  }
}

function readRole(configuration: Configuration): MemberReadRoleStackProps {
  const { readRoleName: roleName, pullTimeExclusion, doctors } = configuration;
  return { ...role(configuration), roleName, pullTimeExclusion, doctors };
}

function deleteRole(configuration: Configuration): MemberDeleteRoleOptions {
  const { deleteRoleName: roleName } = configuration;
  return { ...role(configuration), roleName, deletable: deletable(sweepProps(configuration)) };
}

function role({ name, organization, rolePath, permissionsBoundary }: Configuration) {
  return { name, organization, rolePath, permissionsBoundary };
}
