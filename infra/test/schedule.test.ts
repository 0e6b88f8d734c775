import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duration, aws_scheduler as scheduler } from 'aws-cdk-lib';
import { actionsOf, flat, resourcesOf } from './statements';
import { only, template } from './synthesized';

const schedule = (from = template()) => only(from, 'AWS::Scheduler::Schedule').Properties;

test('the schedule starts a dry run, also where deletion is enabled', () => {
  for (const options of [{}, { deletion: true }]) {
    assert.equal(schedule(template(options)).Target.Input, '{"dryRun":true}');
  }
});

test('a dry run starts on Mondays unless another time is given', () => {
  assert.equal(schedule().ScheduleExpression, 'cron(0 3 ? * MON *)');
  assert.equal(schedule().ScheduleExpressionTimezone, 'Etc/UTC');
  const daily = scheduler.ScheduleExpression.rate(Duration.days(1));
  assert.equal(schedule(template({ schedule: daily })).ScheduleExpression, 'rate(1 day)');
});

test('a start that fails goes to a queue that keeps it for two weeks', () => {
  const { Target } = schedule();
  assert.equal(flat(Target.DeadLetterConfig.Arn), '<SweepDryRunDeadLetters>');
  const queue = only(template(), 'AWS::SQS::Queue').Properties;
  assert.equal(queue.MessageRetentionPeriod, 14 * 24 * 3600);
  assert.equal(queue.SqsManagedSseEnabled, true);
});

test('the schedule has a role of its own that starts the state machine and nothing else', () => {
  const role = 'ecr-sweep-schedule';
  assert.equal(flat(schedule().Target.RoleArn), '<SweepDryRunRole>');
  assert.deepEqual(actionsOf(template(), role), ['sqs:SendMessage', 'states:StartExecution']);
  assert.deepEqual(resourcesOf(template(), role, 'states:StartExecution'), [
    '<SweepMachineStateMachine>',
  ]);
  assert.deepEqual(resourcesOf(template(), role, 'sqs:SendMessage'), ['<SweepDryRunDeadLetters>']);
  const { AssumeRolePolicyDocument } = only(template(), 'AWS::IAM::Role', {
    RoleName: role,
  }).Properties;
  const { StringEquals, ArnLike } = AssumeRolePolicyDocument.Statement[0].Condition;
  assert.deepEqual(StringEquals, { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
  assert.deepEqual(ArnLike['aws:SourceArn'].map(flat), [
    'arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule-group/default',
  ]);
});

test('without a schedule there is no queue and no alarm about it', () => {
  const off = template({ schedule: false });
  off.resourceCountIs('AWS::Scheduler::Schedule', 0);
  off.resourceCountIs('AWS::SQS::Queue', 0);
  const alarms = Object.values(off.findResources('AWS::CloudWatch::Alarm'));
  const names = alarms.map(({ Properties }) => Properties.AlarmName);
  const unscheduled =
    /-(run-timed-out|run-aborted|deletions-failed|notices-undelivered|functions-throttled-.*)$/;
  assert.ok(names.length > 0 && names.every((name) => unscheduled.test(name)), names.join());
});
