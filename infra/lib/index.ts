export { EcrSweep } from './ecr-sweep';
export type { Concurrency, EcrSweepProps } from './ecr-sweep-props';
export { EcrSweepStack } from './ecr-sweep-stack';
export {
  MemberDeleteRole,
  MemberDeleteRoleStack,
  MemberReadRole,
  MemberReadRoleStack,
  type MemberRoleProps,
  type MemberRoleStackProps,
} from './member-roles';
export type { FunctionName } from './names';
