import { Duration, aws_cloudwatch as cloudwatch, aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** What notify logs of each run that ended, and what it is called as a metric. */
const FIELDS = {
  repositories: 'Repositories',
  blocked: 'BlockedRepositories',
  gaps: 'CoverageGaps',
  complete: 'CompleteRuns',
  images: 'Images',
  images_to_delete: 'ImagesToDelete',
  bytes_to_delete: 'BytesToDelete',
  images_deleted: 'ImagesDeleted',
  images_failed: 'ImagesFailed',
  seconds: 'Seconds',
} as const;

/** One of these fields. */
export type RunField = keyof typeof FIELDS;

/** How many channels did not get a notice, whatever was tried. */
const UNTOLD = 'NoticesUndelivered';

/** Metrics of what runs found and did, in a namespace that is called as the deployment. */
export class RunMetrics extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly deployment: string,
    logGroup: logs.ILogGroup,
  ) {
    super(scope, id);
    for (const [field, metricName] of Object.entries(FIELDS)) {
      new logs.MetricFilter(this, metricName, {
        logGroup,
        filterPattern: logs.FilterPattern.literal('{ $.message = "a run ended" }'),
        metricNamespace: deployment,
        metricName,
        metricValue: `$.${field}`,
      });
    }
    new logs.MetricFilter(this, UNTOLD, {
      logGroup,
      filterPattern: logs.FilterPattern.literal('{ $.message = "notices did not get through" }'),
      metricNamespace: deployment,
      metricName: UNTOLD,
      metricValue: '$.notices_failed',
    });
  }

  /** How many channels did not get a notice in a period. */
  untold(period: Duration): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: this.deployment,
      metricName: UNTOLD,
      period,
      statistic: 'Sum',
    });
  }

  /** What a field says, over all runs of a period. */
  metric(field: RunField, period: Duration, statistic: string): cloudwatch.Metric {
    const metricName = FIELDS[field];
    return new cloudwatch.Metric({ namespace: this.deployment, metricName, period, statistic });
  }
}
