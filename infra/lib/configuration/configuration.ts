import type { VpcConfiguration } from '../existing';
import type { MembersProps } from '../members-stack';
import type { FunctionName } from '../names';
import type { NoticeChannel } from '../notice-channels';

/**
 * How ecr-sweep is deployed, as `ecr-sweep.yaml` says it: `ecr-sweep.schema.json` describes each
 * key, and every one can be left out.
 */
export interface Configuration {
  readonly schema_version?: 1;
  readonly name?: string;
  readonly policy?: string;
  readonly policyKey?: string;
  readonly deletion?: boolean;
  readonly approval?: boolean;
  readonly secondPerson?: boolean;
  readonly personalRoles?: string[];
  readonly approvalTimeoutMinutes?: number;
  readonly approvers?: string[];
  readonly doctors?: string[];
  readonly schedule?: string;
  readonly emails?: string[];
  readonly notices?: NoticeChannel[];
  readonly scopesAtOnce?: number;
  readonly registriesAtOnce?: number;
  readonly repositoriesAtOnce?: number;
  readonly accountConcurrency?: number;
  readonly logRetentionDays?: number;
  readonly runRetentionDays?: number;
  readonly readRoleName?: string;
  readonly deleteRoleName?: string;
  readonly organization?: string;
  readonly deletableRepositories?: string[];
  readonly deletableTags?: Record<string, string>;
  readonly usageFiles?: string[];
  readonly pullTimeExclusion?: boolean;
  readonly members?: MembersProps;
  readonly bucket?: string;
  readonly encryptionKeyArn?: string;
  readonly vaultBucket?: string;
  readonly vaultKeyArn?: string;
  readonly accessLogsBucket?: string;
  readonly topicArn?: string;
  readonly topicKeyArn?: string;
  readonly rolePath?: string;
  readonly permissionsBoundary?: string;
  readonly vpc?: VpcConfiguration;
  readonly reservedConcurrency?: Partial<Record<FunctionName, number>>;
  readonly plain?: boolean;
  readonly functionsDirectory?: string;
  readonly architecture?: 'arm64' | 'x86_64';
  readonly command?: string;
  readonly runbook?: string;
}

/** The keys whose values are paths. */
export const PATHS = ['policy', 'functionsDirectory', 'command'] as const;
