import type {
  Duration,
  aws_kms,
  aws_lambda,
  aws_logs,
  aws_s3,
  aws_scheduler,
  aws_sns,
} from 'aws-cdk-lib';
import type { NoticeChannel } from './notice-channels';
import type { PolicySource } from './policy-source';
import type { RolesProps } from './roles';
import type { Network } from './sweep-function';

/** How many children of each Distributed Map run at once. */
export interface Concurrency {
  /** Accounts and Regions that are scanned at once. @default 8 */
  readonly scopes?: number;
  /** Registries whose repositories are planned or swept at once. @default 8 */
  readonly registries?: number;
  /**
   * Repositories of one registry at once. ECR's rates are per account and Region, and shared with
   * production's own deployments. @default 4
   */
  readonly repositories?: number;
}

/** What can be said about a deployment of ecr-sweep. Everything has a default. */
export interface EcrSweepProps extends RolesProps {
  /**
   * The state machine's name, and the first part of the names of functions, roles, bucket and
   * alarms. Another one allows a second deployment in an account, and in another Region is needed for one,
   * because roles are of all Regions. @default 'ecr-sweep'
   */
  readonly name?: string;
  /** Where the policy is. @default PolicySource.fromRunStore('policy.yaml') */
  readonly policy?: PolicySource;
  /**
   * Whether anything can be deleted. Without it every run is a dry run, and no role of the stack
   * has the permission. @default false
   */
  readonly deletion?: boolean;
  /** Whether somebody has to approve a plan before it is deleted. @default false */
  readonly approval?: boolean;
  /**
   * Whether somebody else has to approve than who has started it, with {@link approval}. STS says who
   * either is, and where it cannot be told that these are two persons, nothing is deleted.
   * @default false
   */
  readonly secondPerson?: boolean;
  /**
   * The roles whose sessions are named after persons, besides those of IAM Identity Center: names, with `*`
   * at their end. Whoever can take such a role must not be able to choose the session's name.
   * @default - none
   */
  readonly personalRoles?: string[];
  /**
   * How long an approval is waited for, at most 13 days. A plan that is older than the policy's `plan_max_age`
   * (24 hours unless it says otherwise) is refused even if approved. @default Duration.hours(24)
   */
  readonly approvalTimeout?: Duration;
  /**
   * The roles and users that alone can read what a run is approved by, as ARNs with `*`.
   * @default - whoever can read the run store
   */
  readonly approvers?: string[];
  /** How much happens at once. */
  readonly concurrency?: Concurrency;
  /**
   * How many functions the account can run at once, all of them together: more at once than that is
   * warned of. A new account has less than the quota that Lambda publishes. @default 1000
   */
  readonly accountConcurrency?: number;
  /**
   * When a dry run starts by itself; `false` for never. @default - Mondays at 03:00 UTC
   */
  readonly schedule?: aws_scheduler.ScheduleExpression | false;
  /** Who gets the notices and the alarms. @default - nobody */
  readonly subscriptions?: aws_sns.ITopicSubscription[];
  /**
   * Where notices go besides the topic: webhooks, and channels of Slack. notify alone may read their secrets.
   * @default - nowhere
   */
  readonly notices?: NoticeChannel[];
  /** A topic of yours, which lets this account's alarms publish. @default - one is made */
  readonly topic?: aws_sns.ITopic;
  /** The key of that topic. @default - none */
  readonly topicKey?: aws_kms.IKey;
  /** How long logs are kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: aws_logs.RetentionDays;
  /**
   * How long the documents of a run are kept, receipts and the manifests of deleted images
   * included. @default Duration.days(400)
   */
  readonly runRetention?: Duration;
  /** How long replaced or expired documents can be brought back. @default Duration.days(90) */
  readonly noncurrentRetention?: Duration;
  /**
   * A key of your own for the run store. @default - S3's own encryption, which every reader of the
   * bucket may use
   */
  readonly encryptionKey?: aws_kms.IKey;
  /**
   * A bucket of yours for the run store, versioned and with a lifecycle of its own.
   * @default - one is made
   */
  readonly bucket?: aws_s3.IBucket;
  /**
   * A bucket of yours for copies of what is deleted, which the policy's `vault` names: of this account
   * and Region, with a lifecycle rule that ends unfinished uploads. @default - the run store
   */
  readonly vaultBucket?: aws_s3.IBucket;
  /** Where S3 logs accesses to the run store. @default - nowhere */
  readonly accessLogsBucket?: aws_s3.IBucket;
  /** The role that other accounts let the functions read by. @default 'EcrSweepRead' */
  readonly readRoleName?: string;
  /** The role that other accounts let delete-batch delete by. @default 'EcrSweepDelete' */
  readonly deleteRoleName?: string;
  /**
   * The organization whose accounts the functions may assume these roles in, such as `o-abcd1234ef`.
   * @default - any account whose roles trust them
   */
  readonly organization?: string;
  /**
   * The repositories that can be deleted in, as patterns over their names: `team-a/*`.
   * @default - those that the rules of the {@link policy} can match, if that is a file; else all
   */
  readonly deletableRepositories?: string[];
  /** Tags that a repository has to have to be deleted in. @default - as for the names */
  readonly deletableTags?: Record<string, string>;
  /**
   * Usage files that the policy names in other buckets, as `s3://` addresses with `*`. Those in the
   * run store's bucket are read anyway. @default - none
   */
  readonly usageFiles?: string[];
  /**
   * Whether reads of manifests leave no trace in the pull times of this account and Region, by
   * ECR's pull-time update exclusions. Not every Region has the resource. @default false
   */
  readonly pullTimeExclusion?: boolean;
  /** Where each function is, as `<function>.zip` or `<function>/bootstrap`. @default - `target/lambda` of the workspace */
  readonly functionsDirectory?: string;
  /**
   * The bucket that you put the functions into, as archives: nothing of the stack is an asset then, a
   * file of the {@link policy} neither, which you put into the run store as `policy.yaml`. @default - assets
   */
  readonly codeBucket?: aws_s3.IBucket;
  /** What the keys of the archives in {@link codeBucket} start with. @default '' */
  readonly codePrefix?: string;
  /**
   * How many of a function run at once at most, by its name: `scan-usage`. So many of the account's are
   * kept for it.
   * @default - as many as the account has left
   */
  readonly reservedConcurrency?: Record<string, number>;
  /** Where the functions run: they have to reach the APIs of AWS. @default - no VPC */
  readonly network?: Network;
  /** What the functions are built for. @default Architecture.ARM_64 */
  readonly architecture?: aws_lambda.Architecture;
  /** Memory in MiB, which decides about processor time, too, by the function's name. */
  readonly memorySizes?: Record<string, number>;
  /**
   * The command `ecr-sweep`, which checks a {@link policy} that is a file: what it refuses is not deployed.
   * @default - the one that the workspace built, or that is installed
   */
  readonly command?: string;
  /** Where the alarms say that the runbook is. @default 'docs/runbook.md' */
  readonly runbook?: string;
}
