import {
  Duration,
  Stack,
  TimeZone,
  Validations,
  aws_iam as iam,
  aws_scheduler as scheduler,
  aws_scheduler_targets as targets,
  aws_sqs as sqs,
  aws_stepfunctions as sfn,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { actingFor } from './roles';

/** Mondays at 03:00 UTC. */
const WEEKLY = scheduler.ScheduleExpression.cron({
  weekDay: 'MON',
  hour: '3',
  minute: '0',
  timeZone: TimeZone.ETC_UTC,
});

/** The schedule. It starts dry runs alone: deleting is asked for by somebody, each time. */
export class WeeklyDryRun extends Construct {
  /** Where a start goes that could not be made. */
  readonly deadLetterQueue: sqs.Queue;
  readonly schedule: scheduler.Schedule;

  constructor(
    scope: Construct,
    id: string,
    deployment: string,
    stateMachine: sfn.IStateMachine,
    expression: scheduler.ScheduleExpression = WEEKLY,
  ) {
    super(scope, id);
    const stack = Stack.of(this);
    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetters', {
      queueName: `${deployment}-dead-letters`,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.deadLetterQueue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is the dead-letter queue of the schedule.',
    });
    const role = new iam.Role(this, 'Role', {
      roleName: `${deployment}-schedule`,
      description: `The schedule ${deployment}: starts the state machine, nothing else`,
      // It acts for the group that a schedule is in.
      assumedBy: actingFor('scheduler.amazonaws.com', stack, [
        stack.formatArn({
          service: 'scheduler',
          resource: 'schedule-group',
          resourceName: 'default',
        }),
      ]),
    });
    this.schedule = new scheduler.Schedule(this, 'Schedule', {
      scheduleName: deployment,
      description: 'Starts a dry run: plans, and deletes nothing',
      schedule: expression,
      timeWindow: scheduler.TimeWindow.off(),
      target: new targets.StepFunctionsStartExecution(stateMachine, {
        input: scheduler.ScheduleTargetInput.fromObject({ dryRun: true }),
        role,
        deadLetterQueue: this.deadLetterQueue,
        retryAttempts: 5,
        maxEventAge: Duration.hours(1),
      }),
    });
  }
}
