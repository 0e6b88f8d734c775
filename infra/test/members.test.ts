import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MemberReadRoleStack, MembersStack, type MembersStackProps } from '../lib';
import { addStacks } from '../lib/app';
import { flat } from './statements';
import { FUNCTIONS_DIRECTORY, only } from './synthesized';

const UNITS = ['ou-abcd-12345678'];
const ACCOUNTS = ['444455556666'];

function members(props: Partial<MembersStackProps> = {}): Template {
  const all = { units: UNITS, registryAccounts: ACCOUNTS, read: {}, ...props };
  return Template.fromStack(new MembersStack(new App(), 'Members', all));
}

/** One StackSet, by the last part of its name. */
function stackSet(of: Template, name: string): Record<string, any> {
  return only(of, 'AWS::CloudFormation::StackSet', { StackSetName: `ecr-sweep-${name}` })
    .Properties;
}

/** The one resource that a StackSet makes in each account. */
function made(set: Record<string, any>, type: string): Record<string, any> {
  return only(Template.fromJSON(JSON.parse(set.TemplateBody)), type).Properties;
}

test('the reading role is made in all accounts of the units, and in those that join', () => {
  const read = stackSet(members(), 'read');
  assert.equal(read.PermissionModel, 'SERVICE_MANAGED');
  assert.equal(read.CallAs, 'DELEGATED_ADMIN');
  assert.deepEqual(read.AutoDeployment, { Enabled: true, RetainStacksOnAccountRemoval: false });
  assert.deepEqual(read.ManagedExecution, { Active: true });
  assert.deepEqual(read.StackInstancesGroup, [
    { DeploymentTargets: { OrganizationalUnitIds: UNITS }, Regions: [{ Ref: 'AWS::Region' }] },
  ]);
  assert.equal(flat(read.Parameters[0].ParameterValue), '<AWS::AccountId>');
  assert.equal(made(read, 'AWS::IAM::Role').RoleName, 'EcrSweepRead');
});

test('the deleting role is made where registries are swept, once deletion is enabled', () => {
  members().resourceCountIs('AWS::CloudFormation::StackSet', 1);
  members({ delete: {}, registryAccounts: [] }).resourceCountIs('AWS::CloudFormation::StackSet', 1);
  const set = stackSet(members({ delete: { roleName: 'OrgEcrDelete' } }), 'delete');
  assert.deepEqual(set.StackInstancesGroup[0].DeploymentTargets, {
    OrganizationalUnitIds: UNITS,
    Accounts: ACCOUNTS,
    AccountFilterType: 'INTERSECTION',
  });
  assert.deepEqual(set.AutoDeployment, { Enabled: false });
  assert.equal(made(set, 'AWS::IAM::Role').RoleName, 'OrgEcrDelete');
});

test('reads are kept out of pull times in the Regions of the registries', () => {
  const registryRegions = ['eu-west-1', 'us-east-1'];
  const of = members({ read: { pullTimeExclusion: true }, registryRegions });
  const set = stackSet(of, 'pulltime');
  assert.deepEqual(set.StackInstancesGroup[0].Regions, registryRegions);
  assert.equal(set.Parameters, undefined);
  const { PrincipalArn } = made(set, 'AWS::ECR::PullTimeUpdateExclusion');
  assert.equal(flat(PrincipalArn), 'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/EcrSweepRead');
  assert.doesNotMatch(stackSet(of, 'read').TemplateBody, /PullTime/);
});

test('from the management account, home is another', () => {
  const of = members({ fromManagementAccount: true, homeAccount: '111122223333' });
  const read = stackSet(of, 'read');
  assert.equal(read.CallAs, 'SELF');
  assert.equal(read.Parameters[0].ParameterValue, '111122223333');
});

test('the templates of members need no bootstrapped account, and are small enough to be sent', () => {
  const config = join(mkdtempSync(join(tmpdir(), 'ecr-sweep-')), 'ecr-sweep.yaml');
  writeFileSync(
    config,
    `deletion: true\nmembers: { units: [${UNITS}], registryAccounts: ["${ACCOUNTS}"] }\n`,
  );
  const app = new App({ context: { functionsDirectory: FUNCTIONS_DIRECTORY, config } });
  addStacks(app);
  const stacks = app.synth().stacks.filter(({ stackName }) => stackName !== 'EcrSweep');
  assert.deepEqual(stacks.map(({ stackName }) => stackName).sort(), [
    'EcrSweepDeleteRole',
    'EcrSweepMembers',
    'EcrSweepReadRole',
  ]);
  for (const { stackName, template, assets, requiresBootstrapStackVersion } of stacks) {
    assert.equal(requiresBootstrapStackVersion, undefined, stackName);
    assert.deepEqual(assets, [], stackName);
    // One of the actions is called so.
    const text = JSON.stringify(template).replaceAll('ListBootstrapActions', '');
    assert.doesNotMatch(text, /bootstrap/i);
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    assert.ok(JSON.stringify(template, null, 1).length < 51_200, stackName);
  }
});

test('roles and functions are held to the organization that is named', () => {
  const organization = 'o-abcd1234ef';
  const stack = new MemberReadRoleStack(new App(), 'Read', { organization });
  const role = only(Template.fromStack(stack), 'AWS::IAM::Role').Properties;
  const { Condition } = role.AssumeRolePolicyDocument.Statement[0];
  assert.deepEqual(Condition.StringEquals, { 'aws:PrincipalOrgID': organization });
});
