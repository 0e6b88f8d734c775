import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { addStacks } from '../lib/app';
import { actionsOf, resourcesOf, statementsOf } from './statements';
import { FUNCTIONS_DIRECTORY, only, template } from './synthesized';
import { FUNCTION_NAMES, READING_FUNCTIONS } from '../lib/names';

/** Everything that an app synthesizes, as text. */
function assembly(context: Record<string, string | undefined>): string {
  const app = new App({ context: { functionsDirectory: FUNCTIONS_DIRECTORY, ...context } });
  addStacks(app);
  return app
    .synth()
    .stacks.map((stack) => JSON.stringify(stack.template))
    .join('\n');
}

test('an app without deletion names the call that deletes nowhere', () => {
  for (const context of [{}, { deletion: 'false' }]) {
    const text = assembly(context);
    assert.doesNotMatch(text, /BatchDeleteImage/i);
    assert.doesNotMatch(text, /EcrSweepDelete/);
  }
});

test('without deletion no function can archive', () => {
  for (const name of FUNCTION_NAMES) {
    const actions = actionsOf(template(), `ecr-sweep-${name}`);
    // Whoever restores can: a person, by the same call.
    assert.ok(!actions.includes('ecr:UpdateImageStorageClass'), name);
  }
});

test('without deletion the functions are told so', () => {
  for (const name of ['list-repos', 'delete-batch']) {
    const { Properties } = only(template(), 'AWS::Lambda::Function', {
      FunctionName: `ecr-sweep-${name}`,
    });
    assert.equal(Properties.Environment.Variables.ECR_SWEEP_DELETION, 'disabled');
  }
});

test('with deletion enabled delete-batch alone can delete and archive', () => {
  const enabled = template({ deletion: true });
  for (const name of [...FUNCTION_NAMES, 'state-machine', 'schedule']) {
    const role = `ecr-sweep-${name}`;
    const deletes = actionsOf(enabled, role).filter((action) => /Delete|StorageClass/.test(action));
    const both = ['ecr:BatchDeleteImage', 'ecr:UpdateImageStorageClass'];
    const allowed = name === 'delete-batch' ? both : [];
    // CloudWatch's delivery of logs has an action with that word.
    assert.deepEqual(
      deletes.filter((action) => action !== 'logs:DeleteLogDelivery'),
      allowed,
      name,
    );
    const roles = resourcesOf(enabled, role, 'sts:AssumeRole').join(' ');
    assert.equal(/EcrSweepDelete/.test(roles), name === 'delete-batch', name);
  }
});

test('enabling deletion adds deleting and what delete-batch reads before it, and nothing else', () => {
  for (const name of FUNCTION_NAMES) {
    const role = `ecr-sweep-${name}`;
    const before = statementsOf(template(), role).map((statement) => JSON.stringify(statement));
    const added = statementsOf(template({ deletion: true }), role).filter(
      (statement) => !before.includes(JSON.stringify(statement)),
    );
    const expected = [
      {
        effect: 'Allow',
        actions: ['ecr:BatchGetImage', 'ecr:DescribeImages', 'ecr:GetDownloadUrlForLayer'],
        resources: ['arn:<AWS::Partition>:ecr:*:<AWS::AccountId>:repository/*'],
      },
      { effect: 'Allow', actions: ['cloudtrail:LookupEvents'], resources: ['*'] },
      {
        effect: 'Allow',
        actions: ['sts:AssumeRole'],
        resources: ['arn:<AWS::Partition>:iam::*:role/EcrSweepRead'],
      },
      {
        effect: 'Allow',
        actions: ['ecr:BatchDeleteImage', 'ecr:UpdateImageStorageClass'],
        resources: ['arn:<AWS::Partition>:ecr:*:<AWS::AccountId>:repository/*'],
      },
      { effect: 'Allow', actions: ['account:ListRegions'], resources: ['*'] },
      {
        effect: 'Allow',
        actions: [
          'organizations:DescribeOrganization',
          'organizations:ListAccounts',
          'organizations:ListAccountsForParent',
          'organizations:ListOrganizationalUnitsForParent',
        ],
        resources: ['*'],
      },
      {
        effect: 'Allow',
        actions: ['sts:AssumeRole'],
        resources: ['arn:<AWS::Partition>:iam::*:role/EcrSweepDelete'],
      },
    ];
    assert.deepEqual(added, name === 'delete-batch' ? expected : [], name);
  }
});

test('the roles that IAM lets delete-batch assume are those that it is told, or the policy names', () => {
  for (const options of [{}, { deleteRoleName: 'OrgEcrDelete', readRoleName: 'OrgEcrRead' }]) {
    const of = template({ deletion: true, ...options });
    const { Variables } = only(of, 'AWS::Lambda::Function', {
      FunctionName: 'ecr-sweep-delete-batch',
    }).Properties.Environment;
    const role = (name: string) => `arn:<AWS::Partition>:iam::*:role/${name}`;
    assert.deepEqual(
      resourcesOf(of, 'ecr-sweep-delete-batch', 'sts:AssumeRole').sort(),
      [
        role(Variables.ECR_SWEEP_DELETE_ROLE),
        // The policy's scope.role: a synthesis compares them.
        role(options.readRoleName ?? 'EcrSweepRead'),
      ].sort(),
    );
  }
});

test('roles of another organization are not assumed where one is named', () => {
  const organization = 'o-abcd1234ef';
  const of = template({ deletion: true, organization });
  for (const name of READING_FUNCTIONS) {
    const assuming = statementsOf(of, `ecr-sweep-${name}`).filter(({ actions }) =>
      actions.includes('sts:AssumeRole'),
    );
    assert.equal(assuming.length, name === 'delete-batch' ? 2 : 1);
    for (const { conditions } of assuming) {
      assert.deepEqual(conditions, { StringEquals: { 'aws:ResourceOrgID': organization } });
    }
  }
});
