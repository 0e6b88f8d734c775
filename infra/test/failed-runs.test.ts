import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { actionsOf, flat, resourcesOf } from './statements';
import { only, stack, template } from './synthesized';

const ROLE = 'ecr-sweep-run-failed';

const rule = (from = template()) =>
  only(from, 'AWS::Events::Rule', { Name: 'ecr-sweep-run-failed' }).Properties;

/**
 * Whether a pattern takes a value, as far as the rule's pattern goes.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
function takes(pattern: any, value: any): boolean {
  if (!Array.isArray(pattern)) {
    return Object.entries(pattern).every(([key, it]) => takes(it, value?.[key]));
  }
  return pattern.some((one) => {
    if (
      one !== null &&
      typeof one === 'object' &&
      'Fn::GetAtt' in one === false &&
      'Ref' in one === false
    ) {
      const [[operator, operand], ...others] = Object.entries(one) as [[string, unknown]];
      assert.deepEqual(others, []);
      assert.ok(['anything-but', 'exists'].includes(operator), operator);
      return operator === 'exists'
        ? (value !== undefined) === operand
        : value !== undefined && value !== operand;
    }
    return (one === null ? null : flat(one)) === value;
  });
}

/** The end of an execution, as Step Functions tells of it. */
function ended(detail: Record<string, unknown>): unknown {
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    detail: { stateMachineArn: machine(), status: 'FAILED', name: 'a-run', ...detail },
  };
}

const machine = () => flat(rule().EventPattern.detail.stateMachineArn[0]);

test('a run that fails is told, whatever its error, but one that somebody said no to', () => {
  const isTold = (detail: Record<string, unknown>) => takes(rule().EventPattern, ended(detail));
  for (const error of ['Conflict', 'States.Runtime', 'rejected', '', null, undefined]) {
    assert.ok(isTold({ error }), String(error));
  }
  assert.ok(!isTold({ error: 'Rejected' }));
  for (const status of ['RUNNING', 'SUCCEEDED', 'ABORTED', 'TIMED_OUT']) {
    assert.ok(!isTold({ status, error: null }), status);
  }
  assert.ok(!isTold({ stateMachineArn: `${machine()}/PlanRepos`, error: 'Internal' }));
  assert.equal(machine(), '<SweepMachineStateMachine>');
});

test('no alarm counts failed runs, of which it would not know the error', () => {
  const alarms = Object.values(template().findResources('AWS::CloudWatch::Alarm'));
  assert.ok(alarms.length > 0);
  assert.ok(!alarms.some(({ Properties }) => Properties.MetricName === 'ExecutionsFailed'));
});

test('the topic is told which run, with what error, and where the runbook is', () => {
  const runbook = 'https://example.com/ecr-sweep/runbook';
  const [target, ...others] = rule(template({ runbook })).Targets;
  assert.deepEqual(others, []);
  assert.equal(flat(target.Arn), '<SweepNoticesTopic>');
  const { InputPathsMap, InputTemplate } = target.InputTransformer;
  assert.deepEqual(Object.values(InputPathsMap), ['$.detail.name', '$.detail.error']);
  const [name, error] = Object.keys(InputPathsMap);
  const said = `ecr-sweep: the run <${name}> ended FAILED: <${error}>. What to do: ${runbook}#run-failed`;
  assert.equal(JSON.parse(InputTemplate), said);
  const page = readFileSync(join(__dirname, '../../docs/runbook.md'), 'utf8');
  assert.match(page, /^## run-failed$/m);
});

test('the rule may publish to the topic, and nothing else', () => {
  const of = stack();
  const from = Template.fromStack(of);
  assert.equal(flat(rule(from).Targets[0].RoleArn), '<SweepFailedRunsRole>');
  assert.deepEqual(actionsOf(from, ROLE), ['kms:Decrypt', 'kms:GenerateDataKey', 'sns:Publish']);
  assert.deepEqual(resourcesOf(from, ROLE, 'sns:Publish'), ['<SweepNoticesTopic>']);
  assert.deepEqual(resourcesOf(from, ROLE, 'kms:Decrypt'), ['<SweepNoticesKey>']);
  const { AssumeRolePolicyDocument } = only(from, 'AWS::IAM::Role', { RoleName: ROLE }).Properties;
  const [{ Principal, Condition }] = AssumeRolePolicyDocument.Statement;
  assert.deepEqual(Principal, { Service: 'events.amazonaws.com' });
  assert.deepEqual(Condition.StringEquals, { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
  assert.deepEqual(Condition.ArnLike['aws:SourceArn'].map(flat), [
    'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/ecr-sweep-run-failed',
  ]);
});
