import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FUNCTION_NAMES } from '../lib/names';
import { flat } from './statements';
import { only, template } from './synthesized';

const RUNBOOK = readFileSync(join(__dirname, '../../docs/runbook.md'), 'utf8');

const alarms = Object.values(template().findResources('AWS::CloudWatch::Alarm')).map(
  ({ Properties }) => Properties,
);

test('every alarm links to its section of the runbook, and tells the topic', () => {
  const ofFunction = new RegExp(`-(${FUNCTION_NAMES.join('|')})$`);
  assert.equal(alarms.length, 7 + FUNCTION_NAMES.length);
  for (const { AlarmName, AlarmDescription, AlarmActions } of alarms) {
    const section = AlarmName.replace('ecr-sweep-', '').replace(ofFunction, '');
    assert.ok(AlarmDescription.endsWith(`docs/runbook.md#${section}`), AlarmDescription);
    assert.match(RUNBOOK, new RegExp(`^## ${section}$`, 'm'));
    assert.deepEqual(AlarmActions.map(flat), ['<SweepNoticesTopic>']);
  }
});

test('the runbook is where the deployment says that it is', () => {
  const runbook = 'https://example.com/ecr-sweep/runbook';
  const { AlarmDescription } = only(template({ runbook }), 'AWS::CloudWatch::Alarm', {
    AlarmName: 'ecr-sweep-run-aborted',
  }).Properties;
  assert.ok(AlarmDescription.endsWith(`${runbook}#run-aborted`));
});

test('alarms of this account can publish to the encrypted topic', () => {
  const key = only(template(), 'AWS::KMS::Key').Properties.KeyPolicy;
  const topic = only(template(), 'AWS::SNS::TopicPolicy').Properties.PolicyDocument;
  for (const { Statement } of [key, topic]) {
    const { Principal, Condition } = Statement.find((s: any) => s.Sid === 'AlarmsOfThisAccount');
    assert.deepEqual(Principal, { Service: 'cloudwatch.amazonaws.com' });
    assert.deepEqual(Condition, {
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
    });
  }
  assert.equal(key.Statement.length, 2);
});

test('the topic refuses what is not TLS', () => {
  const { Statement } = only(template(), 'AWS::SNS::TopicPolicy').Properties.PolicyDocument;
  const denied = Statement.filter(({ Effect }: any) => Effect === 'Deny');
  assert.deepEqual(
    denied.map(({ Condition }: any) => Condition),
    [{ Bool: { 'aws:SecureTransport': 'false' } }],
  );
});
