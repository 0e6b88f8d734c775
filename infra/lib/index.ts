export { EcrSweep } from './ecr-sweep';
export type { Concurrency, EcrSweepProps } from './ecr-sweep-props';
export {
  MemberDeleteRole,
  type MemberDeleteRoleOptions,
  type MemberDeleteRoleProps,
  MemberReadRole,
  type MemberReadRoleOptions,
  type MemberReadRoleProps,
  type MemberRoleOptions,
} from './member-roles';
export {
  MemberDeleteRoleStack,
  MemberReadRoleStack,
  type MemberReadRoleStackProps,
  PullTimeExclusionStack,
} from './member-stacks';
export { type MembersProps, MembersStack, type MembersStackProps } from './members-stack';
export type { NoticeChannel } from './notice-channels';
export type { DeletableRepositories } from './permissions/deletable';
export { PolicySource } from './policy-source';
export type { RolesProps } from './roles';
export type { Network } from './sweep-function';
