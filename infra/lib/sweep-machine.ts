import {
  Aws,
  type Duration,
  RemovalPolicy,
  Stack,
  Validations,
  aws_iam as iam,
  aws_logs as logs,
  aws_s3 as s3,
  aws_stepfunctions as sfn,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type Substitutions, definition } from './definition';
import { type PerFunction, executionArn, stateMachineArn } from './names';
import { type Permission, grant } from './permissions/grant';

import { mapAccess } from './permissions/store';
import { actingFor } from './roles';
import type { SweepFunction } from './sweep-function';

/** What the state machine runs with. */
export interface SweepMachineProps {
  readonly deployment: string;
  readonly functions: PerFunction<SweepFunction>;
  readonly bucket: s3.IBucket;
  readonly approvalTimeout: Duration;
  readonly logRetention: logs.RetentionDays;
}

/** The state machine of a sweep, its role and its log. */
export class SweepMachine extends Construct {
  readonly stateMachine: sfn.StateMachine;

  constructor(scope: Construct, id: string, props: SweepMachineProps) {
    super(scope, id);
    const machineArn = stateMachineArn(Stack.of(this), props.deployment);
    const role = new iam.Role(this, 'Role', {
      roleName: `${props.deployment}-state-machine`,
      description: `The state machine ${props.deployment}: calls the five functions, and itself`,
      assumedBy: actingFor('states.amazonaws.com', Stack.of(this), [
        machineArn,
        // As which the children of its Maps are known.
        `${machineArn}/*`,
      ]),
    });
    const versions = Object.values(props.functions).flatMap(({ handler }) => [
      handler.functionArn,
      `${handler.functionArn}:*`,
    ]);
    grant(role, [
      {
        actions: ['lambda:InvokeFunction'],
        resources: versions,
        because: 'A run calls the versions that were deployed when it began.',
      },
      ...mapAccess(props.bucket),
      ...distributedMaps(machineArn),
    ]);
    this.stateMachine = new sfn.StateMachine(this, 'StateMachine', {
      stateMachineName: props.deployment,
      definitionBody: sfn.DefinitionBody.fromString(definition()),
      definitionSubstitutions: substitutions(props),
      role,
      logs: {
        destination: new logs.LogGroup(this, 'Logs', {
          // This prefix keeps the log's resource policy from growing with each state machine.
          logGroupName: `/aws/vendedlogs/states/${props.deployment}`,
          retention: props.logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: sfn.LogLevel.ALL,
        // The data has the token that an approval is answered with.
        includeExecutionData: false,
      },
    });
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions-SF2',
      reason:
        'The log has every step, and the run store what came of it; traces of thousands of functions a run would cost ' +
        'more than the run.',
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'Delivery of logs knows no resource: ' +
        'https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html',
    });
  }
}

function substitutions({ functions, bucket, approvalTimeout }: SweepMachineProps): Substitutions {
  return {
    Partition: Aws.PARTITION,
    ListReposArn: functions['list-repos'].version.functionArn,
    ScanUsageArn: functions['scan-usage'].version.functionArn,
    PlanRepoArn: functions['plan-repo'].version.functionArn,
    DeleteBatchArn: functions['delete-batch'].version.functionArn,
    NotifyArn: functions.notify.version.functionArn,
    BucketName: bucket.bucketName,
    ApprovalTimeoutSeconds: String(approvalTimeout.toSeconds()),
  };
}

/**
 * What Distributed Maps need: to start their children, which are executions of the same state
 * machine, and to watch, stop and redrive them. A child's ARN has its Map's label after the
 * machine's name and a slash: an execution that somebody started has none, and is only watched.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
 */
function distributedMaps(machineArn: string): Permission[] {
  const executions = executionArn(machineArn);
  const because = 'The children of the state machine’s own Maps, under names that they are given.';
  return [
    { actions: ['states:StartExecution'], resources: [machineArn] },
    {
      actions: ['states:DescribeExecution'],
      resources: [`${executions}:*`, `${executions}/*`],
      because,
    },
    {
      actions: ['states:StopExecution', 'states:RedriveExecution'],
      resources: [`${executions}/*`],
      because,
    },
  ];
}
