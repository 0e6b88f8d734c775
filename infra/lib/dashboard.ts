import { Duration, aws_cloudwatch as cloudwatch, aws_stepfunctions as sfn } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { PerFunction } from './names';
import type { RunMetrics } from './run-metrics';
import type { SweepFunction } from './sweep-function';

/** What the dashboard shows. */
export interface DashboardProps {
  readonly deployment: string;
  readonly stateMachine: sfn.IStateMachine;
  readonly functions: PerFunction<SweepFunction>;
  readonly runs: RunMetrics;
  readonly alarms: cloudwatch.Alarm[];
}

/** One page of how runs end, how long they take, and what holds them up. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const { deployment, stateMachine, functions, runs, alarms } = props;
    const period = Duration.hours(1);
    const handlers = Object.values(functions).map(({ handler }) => handler);
    const graph = (title: string, left: cloudwatch.IMetric[], unit?: string) =>
      new cloudwatch.GraphWidget({
        title,
        left,
        width: 12,
        leftYAxis: { min: 0, label: unit, showUnits: false },
      });
    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: deployment,
      defaultInterval: Duration.days(28),
      widgets: [
        [new cloudwatch.AlarmStatusWidget({ title: 'Alarms', alarms, width: 24 })],
        [
          graph('Runs', [
            stateMachine.metricStarted({ period }),
            stateMachine.metricSucceeded({ period }),
            stateMachine.metricFailed({ period }),
            stateMachine.metricTimedOut({ period }),
            stateMachine.metricAborted({ period }),
          ]),
          graph('How long a run takes', [runs.metric('seconds', period, 'Maximum')], 's'),
        ],
        [
          graph('Images that there are, that are to go, and that went', [
            runs.metric('images', period, 'Maximum'),
            runs.metric('images_to_delete', period, 'Maximum'),
            runs.metric('images_deleted', period, 'Sum'),
            runs.metric('images_failed', period, 'Sum'),
          ]),
          graph('Bytes that are to go', [runs.metric('bytes_to_delete', period, 'Maximum')]),
        ],
        [
          graph('What was not seen, and what that blocks', [
            runs.metric('gaps', period, 'Maximum'),
            runs.metric('blocked', period, 'Maximum'),
            runs.metric('repositories', period, 'Maximum'),
          ]),
          graph('Runs that saw everything, and notices that did not arrive', [
            runs.metric('complete', period, 'Sum'),
            runs.untold(period),
          ]),
        ],
        [
          graph(
            'Calls of functions',
            handlers.map((handler) => handler.metricInvocations({ period })),
          ),
          graph(
            'How long a call takes, at most; it stops by itself before 900,000',
            handlers.map((handler) => handler.metricDuration({ period, statistic: 'Maximum' })),
            'ms',
          ),
        ],
        [
          graph(
            'Calls that ended in an error',
            handlers.map((handler) => handler.metricErrors({ period })),
          ),
          graph(
            'Calls that had to wait for their turn',
            handlers.map((handler) => handler.metricThrottles({ period })),
          ),
        ],
      ],
    });
  }
}
