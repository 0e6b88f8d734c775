import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLACEHOLDERS, definition } from '../lib/definition';
import { actionsOf, flat, resourcesOf } from './statements';
import { only, template } from './synthesized';

const role = 'ecr-sweep-state-machine';
const own = '<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>';

test('the state machine has its name, the definition and a log, and writes no traces', () => {
  const { Properties } = only(template(), 'AWS::StepFunctions::StateMachine');
  assert.equal(Properties.StateMachineName, 'ecr-sweep');
  assert.equal(Properties.DefinitionString, definition());
  assert.equal(Properties.TracingConfiguration, undefined);
  assert.equal(Properties.LoggingConfiguration.Level, 'ALL');
  assert.equal(Properties.LoggingConfiguration.IncludeExecutionData, false);
});

test('every placeholder of the definition has a value, and there is no other value', () => {
  const { Properties } = only(template(), 'AWS::StepFunctions::StateMachine');
  const used = [...definition().matchAll(/\$\{(\w+)\}/g)].map(([, name]) => String(name));
  assert.deepEqual([...new Set(used)].sort(), [...PLACEHOLDERS].sort());
  assert.deepEqual(
    Object.keys(Properties.DefinitionSubstitutions).sort(),
    [...PLACEHOLDERS].sort(),
  );
});

test('the placeholder of each function is a version of it that stays', () => {
  const { DefinitionSubstitutions: values } = only(
    template(),
    'AWS::StepFunctions::StateMachine',
  ).Properties;
  const versions = template().findResources('AWS::Lambda::Version');
  for (const name of ['ListRepos', 'ScanUsage', 'PlanRepo', 'DeleteBatch', 'Notify']) {
    const version = versions[values[`${name}Arn`].Ref];
    assert.ok(version, name);
    assert.equal(
      flat(version.Properties.FunctionName),
      `<SweepFunctions${name.toLowerCase()}Function>`,
    );
    assert.equal(version.DeletionPolicy, 'Retain');
  }
});

test('Distributed Maps can start, watch, stop and redrive executions of this machine alone', () => {
  const machine = `arn:${own}:stateMachine:ecr-sweep`;
  const executions = `arn:${own}:execution:ecr-sweep`;
  assert.deepEqual(resourcesOf(template(), role, 'states:StartExecution'), [machine]);
  assert.deepEqual(resourcesOf(template(), role, 'states:DescribeExecution'), [
    `${executions}:*`,
    `${executions}/*`,
  ]);
  // Not what somebody started: a child has the label of its Map in its name.
  for (const action of ['Stop', 'Redrive']) {
    assert.deepEqual(resourcesOf(template(), role, `states:${action}Execution`), [
      `${executions}/*`,
    ]);
  }
});

test('the role is there for executions of this machine and of its Maps alone', () => {
  const { AssumeRolePolicyDocument } = only(template(), 'AWS::IAM::Role', {
    RoleName: role,
  }).Properties;
  const { StringEquals, ArnLike } = AssumeRolePolicyDocument.Statement[0].Condition;
  assert.deepEqual(StringEquals, { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
  const machine = `arn:${own}:stateMachine:ecr-sweep`;
  assert.deepEqual(ArnLike['aws:SourceArn'].map(flat), [machine, `${machine}/*`]);
});

test('another name is the name of all that Distributed Maps need', () => {
  const other = template({ name: 'second-sweep' });
  const resources = resourcesOf(other, 'second-sweep-state-machine', 'states:StartExecution');
  assert.equal(resources[0], `arn:${own}:stateMachine:second-sweep`);
  assert.doesNotMatch(JSON.stringify(other.toJSON().Resources), /"ecr-sweep[-"]/);
});

test('it calls the five functions, in whatever version, and no other', () => {
  const functions = resourcesOf(template(), role, 'lambda:InvokeFunction');
  assert.deepEqual(
    functions.sort(),
    ['deletebatch', 'listrepos', 'notify', 'planrepo', 'scanusage'].flatMap((name) => [
      `<SweepFunctions${name}Function>`,
      `<SweepFunctions${name}Function>:*`,
    ]),
  );
});

test('it reads what its Maps go through, and writes what they leave', () => {
  const bucket = '<SweepRunStoreBucket>';
  assert.deepEqual(resourcesOf(template(), role, 's3:GetObject'), [
    `${bucket}/sweeps/*/items/*`,
    `${bucket}/sweeps/*/map/*`,
  ]);
  assert.deepEqual(resourcesOf(template(), role, 's3:PutObject'), [`${bucket}/sweeps/*/map/*`]);
  const prefixes = [...definition().matchAll(/"Prefix\.\$": "States\.Format\('([^']*)'/g)];
  assert.notEqual(prefixes.length, 0);
  for (const [, prefix] of prefixes) {
    assert.match(String(prefix), /^sweeps\/\{\}\/map\//);
  }
});

test('besides, it delivers logs', () => {
  const others = actionsOf(template(), role).filter(
    (action) => !/^(lambda:InvokeFunction|s3:|states:)/.test(action),
  );
  assert.ok(others.length > 0);
  for (const action of others) {
    assert.match(action, /^logs:/);
  }
});
