import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duration, Stack, aws_scheduler as scheduler } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FUNCTION_NAMES } from '../lib/names';
import { flat } from './statements';
import { only, stack, template } from './synthesized';

const alarm = (name: string, from = template()) =>
  only(from, 'AWS::CloudWatch::Alarm', { AlarmName: `ecr-sweep-${name}` }).Properties;

test('a week without a run, or one that saw everything, raises an alarm where runs are weekly', () => {
  for (const name of ['run-missed', 'run-incomplete']) {
    const { Period, EvaluationPeriods, TreatMissingData, ComparisonOperator } = alarm(name);
    assert.equal(Period * EvaluationPeriods, 7 * 24 * 3600);
    assert.equal(TreatMissingData, 'breaching');
    assert.equal(ComparisonOperator, 'LessThanThreshold');
  }
  const monthly = template({ schedule: scheduler.ScheduleExpression.rate(Duration.days(30)) });
  for (const name of ['run-missed', 'run-incomplete']) {
    assert.throws(() => alarm(name, monthly), /0 resources/);
  }
});

test('what alarms and dashboard show of runs is what the log of notify is read for', () => {
  const filters = Object.values(template().findResources('AWS::Logs::MetricFilter'));
  const made = filters.map(({ Properties }) => Properties.MetricTransformations[0]);
  for (const { Properties } of filters) {
    assert.equal(flat(Properties.LogGroupName), '<SweepFunctionsnotifyLogs>');
  }
  assert.ok(made.every(({ MetricNamespace }) => MetricNamespace === 'ecr-sweep'));
  const names = made.map(({ MetricName }) => MetricName);
  const body = flat(only(template(), 'AWS::CloudWatch::Dashboard').Properties.DashboardBody);
  const shown = [...body.matchAll(/\["ecr-sweep","(\w+)"/g)].map(([, name]) => String(name));
  assert.deepEqual([...new Set(shown)].sort(), names.sort());
  assert.ok(names.includes(alarm('run-incomplete').MetricName));
});

test('a run that somebody stopped raises an alarm', () => {
  assert.equal(alarm('run-aborted').MetricName, 'ExecutionsAborted');
});

test('deletions that failed raise an alarm', () => {
  const { MetricName, Threshold, Statistic, AlarmDescription } = alarm('deletions-failed');
  assert.deepEqual([MetricName, Threshold, Statistic], ['ImagesFailed', 1, 'Sum']);
  assert.match(flat(AlarmDescription), /#deletions-failed$/);
});

test('a notice that did not arrive raises an alarm', () => {
  const { MetricName, Threshold, Statistic, AlarmDescription } = alarm('notices-undelivered');
  assert.deepEqual([MetricName, Threshold, Statistic], ['NoticesUndelivered', 1, 'Sum']);
  assert.match(flat(AlarmDescription), /#notices-undelivered$/);
});

test('functions that wait for an hour raise an alarm, whichever they are', () => {
  for (const name of FUNCTION_NAMES) {
    const { MetricName, Dimensions, Period, EvaluationPeriods, AlarmDescription } = alarm(
      `functions-throttled-${name}`,
    );
    assert.equal(MetricName, 'Throttles');
    assert.match(flat(Dimensions[0].Value), new RegExp(name.replace('-', '')));
    assert.equal(Period * EvaluationPeriods, 3600);
    assert.match(flat(AlarmDescription), /#functions-throttled$/);
  }
});

test('the dashboard shows the runs, every function and every alarm', () => {
  const { DashboardName, DashboardBody } = only(
    template(),
    'AWS::CloudWatch::Dashboard',
  ).Properties;
  assert.equal(DashboardName, 'ecr-sweep');
  const body = flat(DashboardBody);
  for (const metric of ['ExecutionsStarted', 'ExecutionsAborted', 'Throttles', 'Duration']) {
    assert.match(body, new RegExp(`"${metric}"`));
  }
  for (const name of FUNCTION_NAMES) {
    assert.ok(body.includes(`<SweepFunctions${name.replace('-', '')}Function>`), name);
  }
  const alarms = Object.keys(template().findResources('AWS::CloudWatch::Alarm'));
  for (const id of alarms) {
    assert.ok(body.includes(`<${id.replace(/[0-9A-F]{8}$/, '')}>`), id);
  }
});

test('who has the construct can add to its alarms, and reach its schedule and its topic’s key', () => {
  const { sweep } = stack();
  sweep.alarms.forEach((alarm) => alarm.addOkAction({ bind: () => ({ alarmActionArn: 'ours' }) }));
  const alarms = Object.values(
    Template.fromStack(Stack.of(sweep)).findResources('AWS::CloudWatch::Alarm'),
  );
  assert.equal(alarms.length, sweep.alarms.length);
  assert.ok(alarms.every(({ Properties }) => Properties.OKActions.includes('ours')));
  assert.ok(sweep.schedule?.scheduleArn && sweep.topicKey?.keyArn);
  const { schedule } = stack({ schedule: false }).sweep;
  assert.equal(schedule, undefined);
});
