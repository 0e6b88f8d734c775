import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aws_iam as iam, aws_s3 as s3 } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { FUNCTION_NAMES } from '../lib/names';
import doctor from '../lib/permissions/doctor.json';
import { type Statement, flat, statement, statementsOf } from './statements';
import { only, stack, template, warnings } from './synthesized';
import { whoMayWith } from './who-may';

const own = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>';
const machine = `${own}:stateMachine:ecr-sweep`;
const TOKENS = '<SweepRunStoreBucket>/sweeps/*/approval/request.json';
const APPROVER = 'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/Approver_*';

/** The statements of the managed policy of this name. */
function policy(name: string): Statement[] {
  const { Properties } = only(template(), 'AWS::IAM::ManagedPolicy', { ManagedPolicyName: name });
  return Properties.PolicyDocument.Statement.map(statement);
}

const on = (name: string, effect: string) =>
  policy(name)
    .filter((it) => it.effect === effect)
    .flatMap(({ actions, resources }) => actions.map((action) => `${action} ${resources}`));

test('who restores puts images and deletes none', () => {
  const ecr = 'arn:<AWS::Partition>:ecr:*:<AWS::AccountId>:repository/*';
  const allowed = on('ecr-sweep-restorer', 'Allow').filter((it) => /^(ecr|sts|s3:Put)/.test(it));
  const layers = ['BatchCheckLayerAvailability', 'CompleteLayerUpload', 'InitiateLayerUpload'];
  const role = (name: string) => `sts:AssumeRole arn:<AWS::Partition>:iam::*:role/${name}`;
  assert.deepEqual(allowed, [
    ...[...layers, 'PutImage', 'UpdateImageStorageClass', 'UploadLayerPart', 'DescribeImages'].map(
      (it) => `ecr:${it} ${ecr}`,
    ),
    's3:PutObject <SweepRunStoreBucket>/sweeps/*/restored/*,<SweepRunStoreBucket>/lock.json',
    role('EcrSweepRead'),
    role('EcrSweepRestore'),
  ]);
});

/** The actions of all statements that allow. */
function actions(name: string): string[] {
  return on(name, 'Allow').map((it) => it.split(' ')[0]!);
}

test('who plans may read what the functions read, and nothing else', () => {
  const functions = FUNCTION_NAMES.flatMap((name) =>
    statementsOf(template({ deletion: true }), `ecr-sweep-${name}`).flatMap((it) => it.actions),
  );
  const planner = actions('ecr-sweep-planner');
  assert.deepEqual(
    planner.filter((action) => !functions.includes(action)),
    [],
  );
  const changes = /^(ecr:(BatchDelete|Put)|s3:|states:(Start|Send)|sns:|kms:|logs:|lambda:Invoke)/;
  assert.deepEqual(
    planner.filter((action) => changes.test(action)),
    [],
  );
  for (const action of ['ecr:DescribeImages', 'ecs:ListTasks', 'organizations:ListAccounts']) {
    assert.ok(planner.includes(action), action);
  }
});

test('who asks the doctor may do what he does besides, and start and approve nothing', () => {
  const besides = Object.values(doctor).flat();
  const runs = ['s3:GetObject', 's3:ListBucket', 'states:DescribeExecution'];
  assert.deepEqual(actions('ecr-sweep-doctor').sort(), [...besides, ...runs].sort());
  const bucket = on('ecr-sweep-doctor', 'Allow').filter((it) => it.startsWith('s3:GetBucket'));
  assert.ok(bucket.length > 0 && bucket.every((it) => it.endsWith(' <SweepRunStoreBucket>')));
});

test('a grant to ask the doctor is both policies', () => {
  const of = stack();
  const assumedBy = new iam.AccountPrincipal('111122223333');
  of.sweep.grantDoctor(new iam.Role(of, 'Doctor', { roleName: 'Doctor', assumedBy }));
  const granted = statementsOf(Template.fromStack(of), 'Doctor').flatMap((it) => it.actions);
  const both = [...actions('ecr-sweep-planner'), ...actions('ecr-sweep-doctor')];
  assert.deepEqual([...new Set(granted)].sort(), [...new Set(both)].sort());
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
test('no managed policy is longer than IAM takes', () => {
  const policies = Object.values(template().findResources('AWS::IAM::ManagedPolicy'));
  assert.equal(policies.length, 6);
  for (const { Properties } of policies) {
    const resolved = JSON.stringify(Properties.PolicyDocument, (_, value) =>
      value !== null && typeof value === 'object' && ('Ref' in value || 'Fn::Join' in value)
        ? flat(value)
        : value,
    );
    assert.ok(resolved.length < 6_000, `${Properties.ManagedPolicyName}: ${resolved.length}`);
  }
});

test('no function puts images', () => {
  for (const name of FUNCTION_NAMES) {
    const actions = statementsOf(template({ deletion: true }), `ecr-sweep-${name}`)
      .filter(({ effect }) => effect === 'Allow')
      .flatMap((it) => it.actions);
    assert.ok(!actions.some((it) => /^ecr:(PutImage|.*Upload.*)$/.test(it)), name);
  }
});

test('each part has a policy, and can do no more than it says', () => {
  const read = [
    's3:GetObject <SweepRunStoreBucket>/*',
    's3:ListBucket <SweepRunStoreBucket>',
    `states:DescribeExecution ${own}:execution:ecr-sweep:*`,
  ];
  const [start, approve] = [
    `states:StartExecution ${machine}`,
    `states:SendTaskSuccess ${machine}`,
  ];
  for (const [part, more] of [
    ['reader', []],
    ['starter', [start]],
    ['approver', [approve]],
  ] as const) {
    const allowed = on(`ecr-sweep-${part}`, 'Allow');
    assert.deepEqual(allowed, [...read, ...more], part);
  }
});

test('who starts runs approves none, and the other way round, whatever else they may', () => {
  assert.ok(on('ecr-sweep-starter', 'Deny').includes(`states:SendTaskSuccess ${machine}`));
  assert.deepEqual(on('ecr-sweep-approver', 'Deny'), [`states:StartExecution ${machine}`]);
});

test('who stores tokens can read one, and who approves, and nothing else that is deployed', () => {
  const store = 'arn:aws:s3:::ecr-sweep-111122223333-eu-west-1';
  const readers = ['s3:GetObject', 's3:GetObjectVersion'].flatMap((action) =>
    whoMayWith(action, `${store}/sweeps/a-run/approval/request.json`),
  );
  assert.deepEqual(readers, ['ecr-sweep-notify', 'ecr-sweep-approver']);
  // They can read what else there is of a run, so it is not for another reason.
  const summary = whoMayWith('s3:GetObject', `${store}/sweeps/a-run/summary.json`);
  for (const part of ['delete-batch', 'reader', 'starter', 'approver', 'restorer', 'doctor']) {
    assert.ok(summary.includes(`ecr-sweep-${part}`), part);
  }
});

test('a denial of tokens stands above whatever else allows them', () => {
  const denied = ['s3:GetObject', 's3:GetObjectVersion'].map((action) => `${action} ${TOKENS}`);
  for (const part of ['reader', 'starter', 'restorer', 'doctor']) {
    const denials = on(`ecr-sweep-${part}`, 'Deny').filter((it) => it.startsWith('s3:'));
    assert.deepEqual(denials, denied, part);
  }
  for (const name of FUNCTION_NAMES) {
    const denials = statementsOf(template(), `ecr-sweep-${name}`)
      .filter(({ effect }) => effect === 'Deny')
      .flatMap(({ actions, resources }) => actions.map((action) => `${action} ${resources}`));
    assert.deepEqual(denials, name === 'notify' ? [] : denied, name);
  }
});

test('where approvers are named, nobody else can read a token', () => {
  const statements = (from: Template) =>
    only(from, 'AWS::S3::BucketPolicy').Properties.PolicyDocument.Statement;
  const tokens = ({ Sid }: { Sid?: string }) => Sid === 'TokensAreForApprovers';
  assert.ok(!statements(template()).some(tokens));
  const [kept] = statements(template({ approvers: [APPROVER] })).filter(tokens);
  assert.equal(kept.Effect, 'Deny');
  assert.deepEqual(kept.Principal, { AWS: '*' });
  assert.deepEqual(kept.Action, ['s3:GetObject', 's3:GetObjectVersion']);
  assert.equal(flat(kept.Resource), TOKENS);
  assert.deepEqual(kept.Condition.ArnNotLike['aws:PrincipalArn'].map(flat), [
    APPROVER,
    'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/ecr-sweep-notify',
  ]);
});

test('a bucket whose policy is not ours is warned of', () => {
  const of = stack();
  const bucket = s3.Bucket.fromBucketName(of, 'Ours', 'runs-of-ours');
  assert.match(warnings(stack({ bucket, approvers: [APPROVER] })).join(), /so is its policy/);
});

test('what is granted is what the command of that part calls', () => {
  const of = stack();
  const granted = (['grantRead', 'grantStart', 'grantApprove'] as const).map((grant) => {
    const role = new iam.Role(of, grant, {
      roleName: grant,
      assumedBy: new iam.AccountPrincipal('111122223333'),
    });
    of.sweep[grant](role).assertSuccess();
    return grant;
  });
  const from = Template.fromStack(of);
  const actions = granted.map((role) =>
    statementsOf(from, role)
      .flatMap((it) => it.actions)
      .filter((action) => action.startsWith('states:')),
  );
  assert.deepEqual(actions, [
    ['states:DescribeExecution'],
    ['states:DescribeExecution', 'states:StartExecution'],
    ['states:DescribeExecution', 'states:SendTaskSuccess'],
  ]);
});
