import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MemberDeleteRoleStack, MemberReadRoleStack } from '../lib';
import { FUNCTION_NAMES } from '../lib/names';
import doctor from '../lib/permissions/doctor.json';
import sources from '../lib/permissions/sources.json';
import { actionsOf, flat } from './statements';
import { only, template } from './synthesized';

const read = Template.fromStack(new MemberReadRoleStack(new App(), 'Read'));
const deleting = Template.fromStack(new MemberDeleteRoleStack(new App(), 'Delete'));

/** Who may assume the one role of a template. */
function trusted(from: Template): string[] {
  const { Statement } = only(from, 'AWS::IAM::Role').Properties.AssumeRolePolicyDocument;
  assert.equal(Statement.length, 1);
  const [{ Principal, Condition, Action }] = Statement;
  assert.equal(Action, 'sts:AssumeRole');
  assert.equal(flat(Principal.AWS), 'arn:<AWS::Partition>:iam::<HomeAccount>:root');
  assert.deepEqual(Object.keys(Condition), ['ArnEquals']);
  const arns = [Condition.ArnEquals['aws:PrincipalArn']].flat();
  return arns.map(flat).map((arn) => arn.replace(/^.*<HomeAccount>:role\//, ''));
}

test('the reading role trusts the functions that read', () => {
  assert.deepEqual(trusted(read), [
    'ecr-sweep-list-repos',
    'ecr-sweep-scan-usage',
    'ecr-sweep-plan-repo',
    'ecr-sweep-delete-batch',
  ]);
});

test('the deleting role trusts delete-batch alone, and can do nothing but delete and archive', () => {
  assert.deepEqual(trusted(deleting), ['ecr-sweep-delete-batch']);
  assert.deepEqual(actionsOf(deleting, 'EcrSweepDelete'), [
    'ecr:BatchDeleteImage',
    'ecr:UpdateImageStorageClass',
  ]);
});

test('the reading role may read what the functions read at home, but for the organization', () => {
  const deleting = template({ deletion: true });
  const home = FUNCTION_NAMES.flatMap((name) => actionsOf(deleting, `ecr-sweep-${name}`));
  const services = sources.flatMap(({ actions }) => actions.map((action) => action.split(':')[0]));
  const ofAccounts = new RegExp(
    `^(${['account', 'cloudtrail', 'ecr', 'resource-explorer-2', ...services].join('|')}):`,
  );
  const changes = ['ecr:BatchDeleteImage', 'ecr:UpdateImageStorageClass'];
  const reads = home.filter((action) => ofAccounts.test(action) && !changes.includes(action));
  assert.deepEqual(actionsOf(read, 'EcrSweepRead'), [...new Set(reads)].sort());
});

test('the reading role trusts who asks the doctor, and lets them, only where they are named', () => {
  const asking = 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/Platform_*';
  const stack = new MemberReadRoleStack(new App(), 'Read', { doctors: [asking] });
  const from = Template.fromStack(stack);
  assert.deepEqual(trusted(from), [...trusted(read), asking]);
  // Some of what the doctor asks, every run may ask.
  const isBesides = (action: string) => !actionsOf(read, 'EcrSweepRead').includes(action);
  const besides = doctor.registries.filter(isBesides);
  assert.ok(besides.length > 0);
  assert.deepEqual(actionsOf(from, 'EcrSweepRead').filter(isBesides).sort(), besides.sort());
});

test('the roles trust another deployment by its name', () => {
  const other = new MemberReadRoleStack(new App(), 'Read', { name: 'second-sweep' });
  assert.ok(trusted(Template.fromStack(other)).every((role) => role.startsWith('second-sweep-')));
});

test('the templates can be given to a StackSet as they are', () => {
  const stacks: [Stack, string][] = [
    [new MemberReadRoleStack(new App(), 'Read'), 'EcrSweepRead'],
    [new MemberDeleteRoleStack(new App(), 'Delete'), 'EcrSweepDelete'],
  ];
  for (const [stack, role] of stacks) {
    const from = Template.fromStack(stack);
    assert.deepEqual(Object.keys(from.toJSON().Parameters), ['HomeAccount']);
    assert.equal(only(from, 'AWS::IAM::Role').Properties.RoleName, role);
  }
});
