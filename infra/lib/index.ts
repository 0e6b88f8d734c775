export { EcrSweep } from './ecr-sweep';
export type { Concurrency, EcrSweepProps } from './ecr-sweep-props';
export { EcrSweepStack } from './ecr-sweep-stack';
export {
  MemberDeleteRole,
  type MemberDeleteRoleProps,
  MemberReadRole,
  type MemberRoleProps,
} from './member-roles';
export {
  MemberDeleteRoleStack,
  type MemberDeleteRoleStackProps,
  MemberReadRoleStack,
  type MemberReadRoleStackProps,
  PullTimeExclusionStack,
} from './member-stacks';
export { type MembersProps, MembersStack, type MembersStackProps } from './members-stack';
export type { FunctionName } from './names';
export type { DeletableRepositories } from './permissions/deletable';
