import {
  Duration,
  Stack,
  aws_ecr as ecr,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
  aws_s3 as s3,
  aws_sns as sns,
  aws_sqs as sqs,
  aws_stepfunctions as sfn,
  type aws_cloudwatch as cloudwatch,
  type aws_kms as kms,
  type aws_scheduler as scheduler,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Alarms } from './alarms';
import { bundled } from './bundled';
import { checkedApprovalTimeout, checkedConcurrency, checkedSecondPerson, warn } from './checked';
import { Dashboard } from './dashboard';
import type { EcrSweepProps } from './ecr-sweep-props';
import { environments } from './environment';
import { FailedRuns } from './failed-runs';
import { Functions } from './functions';
import {
  DEFAULT_DELETE_ROLE_NAME,
  DEFAULT_NAME,
  DEFAULT_READ_ROLE_NAME,
  checkName,
  stateMachineArn,
} from './names';
import { checkedNotices } from './notice-channels';
import { Notices } from './notices';
import { People } from './people';
import { planning } from './permissions/account';
import { type DeletableRepositories, deletableRepositories } from './permissions/deletable';
import { examining } from './permissions/doctor';
import { functionPermissions } from './permissions/functions';
import { grantTo } from './permissions/grant';
import { type Runs, approving, reading, starting } from './permissions/people';
import { checkPolicy } from './policy-check';
import { PolicySource } from './policy-source';
import { type ReadPolicy, deployedPolicy, storedPolicy } from './read-policy';
import { pathed, settleRoles } from './roles';
import { RunMetrics } from './run-metrics';
import { RunStore } from './run-store';
import { SweepMachine } from './sweep-machine';
import { WeeklyDryRun } from './weekly-dry-run';

/** Where the functions are, built. */
const BUILT_FUNCTIONS = bundled('functions', 'target/lambda');

/**
 * ecr-sweep in one account: it reads every account that trusts it, and deletes nothing unless
 * deletion is enabled.
 */
export class EcrSweep extends Construct {
  /** The run store: plans, receipts, summaries. */
  readonly bucket: s3.IBucket;
  /** Where notices and alarms go. */
  readonly topic: sns.ITopic;
  /** The key that the topic is encrypted with, if it is one of the account's. */
  readonly topicKey?: kms.IKey;
  /** The alarms, to which actions can be added. */
  readonly alarms: cloudwatch.Alarm[];
  /** What starts a dry run, if there is a schedule. */
  readonly schedule?: scheduler.ISchedule;
  /** The five functions, by their names: `plan-repo`. */
  readonly functions: Record<string, lambda.Function>;
  readonly stateMachine: sfn.StateMachine;
  /** The schedule's dead-letter queue, if there is a schedule. */
  readonly deadLetterQueue?: sqs.Queue;
  private readonly vaultBucket?: s3.IBucket;
  private readonly deployment: string;
  private readonly readRole: string;

  constructor(scope: Construct, id: string, props: EcrSweepProps = {}) {
    super(scope, id);
    const deployment = checkName(props.name ?? DEFAULT_NAME);
    const deletion = props.deletion ?? false;
    const atOnce = checkedConcurrency(props);
    const approvalTimeout = checkedApprovalTimeout(props);
    const readRole = pathed(props.readRoleName ?? DEFAULT_READ_ROLE_NAME, props);
    const deleteRole = pathed(props.deleteRoleName ?? DEFAULT_DELETE_ROLE_NAME, props);
    warn(this, props, atOnce);
    const notices = checkedNotices(props.notices);
    const logRetention = props.logRetention ?? logs.RetentionDays.THREE_MONTHS;

    const { bucket } = new RunStore(this, 'RunStore', {
      deployment,
      runRetention: props.runRetention ?? Duration.days(400),
      noncurrentRetention: props.noncurrentRetention ?? Duration.days(90),
      encryptionKey: props.encryptionKey,
      bucket: props.bucket,
      accessLogsBucket: props.accessLogsBucket,
    });
    const { topic, key: topicKey } = new Notices(this, 'Notices', {
      deployment,
      subscriptions: props.subscriptions ?? [],
      topic: props.topic,
      topicKey: props.topicKey,
    });
    const policy = this.policy(bucket, props, readRole);
    const { byName: functions } = new Functions(this, 'Functions', {
      deployment,
      functionsDirectory: props.functionsDirectory ?? BUILT_FUNCTIONS,
      codeBucket: props.codeBucket,
      codePrefix: props.codePrefix,
      architecture: props.architecture ?? lambda.Architecture.ARM_64,
      logRetention,
      memorySizes: props.memorySizes ?? {},
      reservedConcurrency: props.reservedConcurrency ?? {},
      network: props.network,
      environments: environments({
        store: `s3://${bucket.bucketName}`,
        policy: policy.address,
        topicArn: topic.topicArn,
        notices,
        deletion,
        approval: props.approval ?? false,
        ...checkedSecondPerson(props),
        deleteRole,
        atOnce,
      }),
      permissions: functionPermissions({
        bucket,
        vaultBucket: props.vaultBucket,
        topic,
        topicKey,
        notices,
        policy: policy.permissions,
        usageFiles: props.usageFiles ?? [],
        deletable: deletion ? deletable(props) : undefined,
        readRole,
        deleteRole,
        organization: props.organization,
      }),
    });
    if (props.pullTimeExclusion) {
      for (const name of ['plan-repo', 'delete-batch'] as const) {
        const principalArn = functions[name].role.roleArn;
        new ecr.CfnPullTimeUpdateExclusion(this, `PullTime-${name}`, { principalArn });
      }
    }
    const { stateMachine } = new SweepMachine(this, 'Machine', {
      deployment,
      functions,
      bucket,
      approvalTimeout,
      logRetention,
    });
    new People(this, 'People', { ...props, deployment, bucket, readRole });
    if (props.schedule !== false) {
      const dryRun = new WeeklyDryRun(this, 'DryRun', deployment, stateMachine, props.schedule);
      this.deadLetterQueue = dryRun.deadLetterQueue;
      this.schedule = dryRun.schedule;
    }
    const runs = new RunMetrics(this, 'RunMetrics', deployment, functions.notify.logGroup);
    const runbook = props.runbook ?? 'docs/runbook.md';
    new FailedRuns(this, 'FailedRuns', { deployment, stateMachine, topic, topicKey, runbook });
    const { all: alarms } = new Alarms(this, 'Alarms', {
      deployment,
      stateMachine,
      functions,
      runs,
      weekly: props.schedule === undefined,
      deadLetterQueue: this.deadLetterQueue,
      topic,
      runbook,
    });
    new Dashboard(this, 'Dashboard', { deployment, stateMachine, functions, runs, alarms });
    settleRoles(this, props);
    this.deployment = deployment;
    this.readRole = readRole;
    this.bucket = bucket;
    this.vaultBucket = props.vaultBucket;
    this.topic = topic;
    this.topicKey = topicKey;
    this.alarms = alarms;
    this.functions = Object.fromEntries(
      Object.entries(functions).map(([name, { handler }]) => [name, handler]),
    );
    this.stateMachine = stateMachine;
  }

  /** Lets somebody read runs, as the command does: plans, receipts, how they stand. */
  grantRead(grantee: iam.IGrantable): iam.Grant {
    return grantTo(grantee, reading(this.people()));
  }

  /** Lets somebody start runs, and read them. */
  grantStart(grantee: iam.IGrantable): iam.Grant {
    return grantTo(grantee, [...reading(this.people()), ...starting(this.people())]);
  }

  /**
   * Lets somebody approve runs, and read them. Who may start runs as well can approve their own: the
   * managed policies of the deployment keep the two apart.
   */
  grantApprove(grantee: iam.IGrantable): iam.Grant {
    return grantTo(grantee, [...reading(this.people()), ...approving(this.people())]);
  }

  /** Lets somebody ask the doctor, which reads what runs read, and runs, and how they are deployed. */
  grantDoctor(grantee: iam.IGrantable): iam.Grant {
    const people = this.people();
    return grantTo(grantee, [
      ...planning(this.readRole),
      ...reading(people),
      ...examining({ bucket: this.bucket, vaultBucket: this.vaultBucket }),
    ]);
  }

  private people(): Runs {
    return { bucket: this.bucket, machineArn: stateMachineArn(Stack.of(this), this.deployment) };
  }

  private policy(bucket: s3.IBucket, props: EcrSweepProps, readRole: string): ReadPolicy {
    const { policy = PolicySource.fromRunStore(), command, codeBucket } = props;
    const { file, key } = policy;
    if (file) {
      const hasSlackToken = (props.notices ?? []).some(({ kind }) => kind === 'slack-token');
      checkPolicy(this, { file, command, readRole, hasSlackToken });
    }
    return file && !codeBucket ? deployedPolicy(this, file) : storedPolicy(bucket, key);
  }
}

/** Where a deployment may delete, at home and by its role in other accounts. */
export function deletable(props: EcrSweepProps): DeletableRepositories[] {
  const { deletableRepositories: names, deletableTags: tags, policy } = props;
  return deletableRepositories({ names, tags, policyFile: policy?.file });
}
