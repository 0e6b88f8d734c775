import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Duration } from 'aws-cdk-lib';
import { readOptions } from '../lib/app-options';
import { only, stack, template } from './synthesized';

const options = (context: Record<string, unknown>) => readOptions(new App({ context }));

test('options are read from text and from values alike', () => {
  for (const context of [
    { deletion: 'true', approvalTimeoutMinutes: '90', scopesAtOnce: '3', registriesAtOnce: '2' },
    { deletion: true, approvalTimeoutMinutes: 90, scopesAtOnce: 3, registriesAtOnce: 2 },
  ]) {
    const { deletion, approvalTimeout, concurrency } = options(context);
    assert.equal(deletion, true);
    assert.equal(approvalTimeout?.toSeconds(), Duration.hours(1.5).toSeconds());
    assert.deepEqual(concurrency, { scopes: 3, registries: 2 });
  }
});

test('an option that does not exist is refused', () => {
  assert.throws(() => options({ aproval: 'true' }), /there is no option 'aproval'.*approval/s);
});

test('a value that an option cannot have is refused', () => {
  for (const context of [
    { deletion: 'yes' },
    { approval: '' },
    { approvalTimeoutMinutes: '0' },
    { scopesAtOnce: 'many' },
    { architecture: 'x86' },
  ]) {
    assert.throws(() => options(context), /the option '/, JSON.stringify(context));
  }
});

test('keys of the CDK itself are none of the options', () => {
  assert.deepEqual(
    options({ '@aws-cdk/core:x': true, 'aws:cdk:y': 1, 'cli-telemetry': false }),
    {},
  );
});

test('the schedule can be switched off or replaced', () => {
  assert.equal(options({ schedule: 'off' }).schedule, false);
  const { schedule } = options({ schedule: 'at(2026-12-01T03:00:00)' });
  assert.ok(schedule);
  assert.equal(schedule.expressionString, 'at(2026-12-01T03:00:00)');
});

test('a name that cannot be part of a bucket’s name is refused', () => {
  for (const name of ['', 'Sweep', '1-sweep', 'a'.repeat(27)]) {
    assert.throws(() => stack({ name }), /does not do/, name);
  }
});

test('a policy in two places is refused', () => {
  assert.throws(() => stack({ policyFile: 'a.yaml', policyKey: 'b.yaml' }), /give one of them/);
});

test('functions that are not built are refused with what to do', () => {
  assert.throws(() => stack({ functionsDirectory: '/nowhere' }), /build the functions/);
});

test('what a deployment says about approval and concurrency reaches the functions', () => {
  const asked = template({
    approval: true,
    approvalTimeout: Duration.minutes(5),
    concurrency: { scopes: 1, registries: 2, repositories: 3 },
  });
  const { Variables } = only(asked, 'AWS::Lambda::Function', {
    FunctionName: 'ecr-sweep-list-repos',
  }).Properties.Environment;
  assert.equal(Variables.ECR_SWEEP_APPROVAL, 'required');
  assert.equal(Variables.ECR_SWEEP_SCOPES_AT_ONCE, '1');
  assert.equal(Variables.ECR_SWEEP_REGISTRIES_AT_ONCE, '2');
  assert.equal(Variables.ECR_SWEEP_REPOSITORIES_AT_ONCE, '3');
  const { DefinitionSubstitutions } = only(asked, 'AWS::StepFunctions::StateMachine').Properties;
  assert.equal(DefinitionSubstitutions.ApprovalTimeoutSeconds, '300');
});
