import {
  Duration,
  aws_cloudwatch as cloudwatch,
  aws_cloudwatch_actions as actions,
  aws_sns as sns,
  aws_sqs as sqs,
  aws_stepfunctions as sfn,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** What the alarms watch, and whom they tell. */
export interface AlarmsProps {
  readonly deployment: string;
  readonly stateMachine: sfn.IStateMachine;
  /** The schedule's, if there is a schedule. */
  readonly deadLetterQueue?: sqs.IQueue;
  readonly topic: sns.ITopic;
  /** Where the runbook is. */
  readonly runbook: string;
}

/**
 * Alarms for what the sweep cannot tell by itself: also a run that fails before its notice, or
 * instead of it. Each is named as its section of the runbook.
 *
 * None watches for a missing week: CloudWatch looks back seven days, just what lies between two
 * runs. A start that was tried and failed is in the dead-letter queue.
 */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { stateMachine, deadLetterQueue } = props;
    const period = Duration.minutes(5);
    this.alarm(props, 'run-failed', 'A run ended FAILED', stateMachine.metricFailed({ period }));
    this.alarm(
      props,
      'run-timed-out',
      'A run took longer than it may',
      stateMachine.metricTimedOut({ period }),
    );
    if (deadLetterQueue) {
      this.alarm(
        props,
        'dead-letters',
        'The schedule could not start a run',
        deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period }),
      );
    }
  }

  private alarm(props: AlarmsProps, name: string, what: string, metric: cloudwatch.Metric): void {
    new cloudwatch.Alarm(this, name, {
      alarmName: `${props.deployment}-${name}`,
      alarmDescription: `${what}. What to do: ${props.runbook}#${name}`,
      metric,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // No run, no news: silence is the usual state.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new actions.SnsAction(props.topic));
  }
}
