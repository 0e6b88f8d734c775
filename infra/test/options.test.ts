import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { type EcrSweepProps, PolicySource } from '../lib';
import { sweepProps } from '../lib/app-options';
import { checkedApprovalTimeout, checkedConcurrency } from '../lib/checked';
import { only, stack, template, warnings } from './synthesized';

const subscriptions = () => [new EmailSubscription('platform@example.com')];

const warned = (options: EcrSweepProps) => warnings(stack(options));

test('a name that cannot be part of a bucket’s name is refused', () => {
  for (const name of ['', 'Sweep', '1-sweep', 'a'.repeat(27)]) {
    assert.throws(() => stack({ name }), /does not do/, name);
  }
});

test('a policy in two places is refused', () => {
  const both = { schema_version: 1, policy: 'a.yaml', policyKey: 'b.yaml' } as const;
  assert.throws(() => sweepProps(both), /give one of them/);
});

test('a policy where the functions write is refused', () => {
  for (const key of ['sweeps/policy.yaml', 'cache/policy.yaml', 'lock.json', '/p', '']) {
    assert.throws(() => PolicySource.fromRunStore(key), /key cannot be/, key);
  }
});

test('a concurrency that Step Functions would take for another is refused', () => {
  for (const count of [0, -1, 1.5, NaN, 1001]) {
    for (const what of ['scopes', 'registries', 'repositories']) {
      assert.throws(() => checkedConcurrency({ concurrency: { [what]: count } }), /from 1 to 1000/);
    }
  }
});

test('an approval that would outlast the state machine is refused', () => {
  assert.throws(
    () => checkedApprovalTimeout({ approvalTimeout: Duration.days(14) }),
    /13 days at most/,
  );
  assert.doesNotThrow(() => checkedApprovalTimeout({ approvalTimeout: Duration.days(13) }));
});

test('a number for a function that there is not is refused', () => {
  for (const options of [{ memorySizes: { judge: 1 } }, { reservedConcurrency: { judge: 1 } }]) {
    assert.throws(() => stack(options), /'judge' is none of the functions/);
  }
});

test('functions that are not built are refused with what to do', () => {
  assert.throws(() => stack({ functionsDirectory: '/nowhere' }), /build the functions/);
});

test('a deployment that does what it says has no warning', () => {
  assert.deepEqual(warned({}), []);
  assert.deepEqual(warned({ deletion: true, approval: true, subscriptions: subscriptions() }), []);
});

test('an approval that nobody can give is warned of', () => {
  assert.match(warned({ deletion: true, approval: true }).join(), /nobody is subscribed/);
  assert.match(
    warned({ approval: true, subscriptions: subscriptions() }).join(),
    /deletion is not enabled/,
  );
});

test('more at once than the account has is warned of', () => {
  assert.match(warned({ accountConcurrency: 10 }).join(), /Up to 32 functions/);
  assert.match(warned({ concurrency: { scopes: 1000 }, accountConcurrency: 999 }).join(), /1000/);
  assert.deepEqual(warned({ accountConcurrency: 32 }), []);
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

test('what a deployment says about a second person reaches the functions that ask who that is', () => {
  const approval = (options: EcrSweepProps, name: string) =>
    only(template(options), 'AWS::Lambda::Function', { FunctionName: `ecr-sweep-${name}` })
      .Properties.Environment.Variables;
  const options = { approval: true, secondPerson: true, personalRoles: ['Okta-*', 'Platform'] };
  assert.equal(approval(options, 'list-repos').ECR_SWEEP_APPROVAL, 'second-person');
  for (const name of ['list-repos', 'delete-batch']) {
    assert.equal(approval(options, name).ECR_SWEEP_PERSONAL_ROLES, 'Okta-*,Platform');
  }
  assert.equal(approval({ approval: true }, 'list-repos').ECR_SWEEP_APPROVAL, 'required');
});

test('a second person where nobody approves, and a role that is none, are refused', () => {
  assert.throws(() => stack({ secondPerson: true }), /nobody has to without approval/);
  const personalRoles = ['a,b'];
  assert.throws(() => stack({ approval: true, personalRoles }), /is no name of a role/);
});

test('each deployment shows what it does', () => {
  const settings = (options: EcrSweepProps) =>
    template(options).findOutputs('Settings').Settings?.Value;
  assert.equal(
    settings({ deletion: true, approval: true, subscriptions: subscriptions() }),
    'deletion enabled, approval required, 1 subscribed, a scheduled dry run',
  );
  assert.equal(
    settings({ schedule: false }),
    'deletion disabled, approval not required, 0 subscribed, no schedule',
  );
});
