import {
  Duration,
  aws_cloudwatch as cloudwatch,
  aws_cloudwatch_actions as actions,
  aws_sns as sns,
  aws_sqs as sqs,
  aws_stepfunctions as sfn,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { PerFunction } from './names';
import type { RunMetrics } from './run-metrics';
import type { SweepFunction } from './sweep-function';

/** What the alarms watch, and whom they tell. */
export interface AlarmsProps {
  readonly deployment: string;
  readonly stateMachine: sfn.IStateMachine;
  readonly functions: PerFunction<SweepFunction>;
  readonly runs: RunMetrics;
  /** The schedule's, if there is a schedule. */
  readonly deadLetterQueue?: sqs.IQueue;
  /** Whether there is a run in every week. */
  readonly weekly: boolean;
  readonly topic: sns.ITopic;
  /** Where the runbook is. */
  readonly runbook: string;
}

/** When an alarm is one, beyond a first occurrence. */
type Measure = Pick<cloudwatch.AlarmProps, 'metric'> & Partial<cloudwatch.AlarmProps>;

/** A week is as far back as CloudWatch looks. */
const NONE_IN_A_WEEK = {
  evaluationPeriods: 7,
  comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
  treatMissingData: cloudwatch.TreatMissingData.BREACHING,
};

/**
 * Alarms for what the sweep cannot tell by itself; `FailedRuns` tells of a run that fails. Each is named
 * after its section of the runbook.
 */
export class Alarms extends Construct {
  readonly all: cloudwatch.Alarm[] = [];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { stateMachine, deadLetterQueue } = props;
    const period = Duration.minutes(5);
    this.alarm(props, 'run-timed-out', 'A run took longer than it may', {
      metric: stateMachine.metricTimedOut({ period }),
    });
    this.alarm(props, 'run-aborted', 'Somebody stopped a run', {
      metric: stateMachine.metricAborted({ period }),
    });
    this.alarm(props, 'deletions-failed', 'A run could not delete all that it was to', {
      metric: props.runs.metric('images_failed', period, 'Sum'),
    });
    this.alarm(props, 'notices-undelivered', 'Somebody was not told of a run', {
      metric: props.runs.untold(period),
    });
    // Calls that Lambda turns away are tried again. One alarm each: it says which function waits.
    for (const [name, { handler }] of Object.entries(props.functions)) {
      const section = 'functions-throttled';
      this.alarm(
        props,
        `${section}-${name}`,
        `${name} has waited for its turn for an hour`,
        { metric: handler.metricThrottles({ period }), evaluationPeriods: 12 },
        section,
      );
    }
    if (deadLetterQueue) {
      this.alarm(props, 'dead-letters', 'The schedule could not start a run', {
        metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period }),
      });
    }
    if (props.weekly) {
      const period = Duration.days(1);
      this.alarm(props, 'run-missed', 'No run has been started for a week', {
        metric: stateMachine.metricStarted({ period, statistic: 'Sum' }),
        ...NONE_IN_A_WEEK,
      });
      this.alarm(props, 'run-incomplete', 'No run has seen everything for a week', {
        metric: props.runs.metric('complete', period, 'Sum'),
        ...NONE_IN_A_WEEK,
      });
    }
  }

  private alarm(
    props: AlarmsProps,
    name: string,
    what: string,
    measure: Measure,
    section = name,
  ): void {
    const alarm = new cloudwatch.Alarm(this, name, {
      alarmName: `${props.deployment}-${name}`,
      alarmDescription: `${what}. What to do: ${props.runbook}#${section}`,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // No run, no news: silence is the usual state.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...measure,
    });
    alarm.addAlarmAction(new actions.SnsAction(props.topic));
    this.all.push(alarm);
  }
}
