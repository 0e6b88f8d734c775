import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStacks } from '../lib/app';
import type { EcrSweepStack } from '../lib/ecr-sweep-stack';
import { FUNCTION_NAMES } from '../lib/names';
import { actionsOf, flat, resourcesOf, statementsOf } from './statements';
import { FUNCTIONS_DIRECTORY, only, template } from './synthesized';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/of-ours';
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:ours';

const app = new App({
  context: {
    functionsDirectory: FUNCTIONS_DIRECTORY,
    deletion: 'true',
    rolePath: '/platform/',
    permissionsBoundary: 'platform/Boundary',
    bucket: 'runs-of-ours',
    encryptionKeyArn: KEY,
    topicArn: TOPIC,
    topicKeyArn: `${KEY}-too`,
    emails: 'platform@example.com',
    vpc: '{ vpcId: vpc-1, subnetIds: [subnet-1, subnet-2], securityGroupIds: [sg-1] }',
    reservedConcurrency: '{ scan-usage: 10 }',
  },
});
addStacks(app);
const ours = Template.fromStack(app.node.findChild('EcrSweep') as EcrSweepStack);
const reading = Template.fromStack(app.node.findChild('EcrSweepReadRole') as EcrSweepStack);
const role = (name: string) => `ecr-sweep-${name}`;

test('a bucket, a topic and keys that there are already are used, and none are made', () => {
  for (const type of ['AWS::S3::Bucket', 'AWS::SNS::Topic', 'AWS::KMS::Key']) {
    ours.resourceCountIs(type, 0);
  }
  assert.equal(only(ours, 'AWS::SNS::Subscription').Properties.TopicArn, TOPIC);
  for (const name of FUNCTION_NAMES) {
    const keys = resourcesOf(ours, role(name), 'kms:GenerateDataKey');
    assert.deepEqual(keys, name === 'notify' ? [KEY, `${KEY}-too`] : [KEY], name);
    assert.deepEqual(resourcesOf(ours, role(name), 's3:ListBucket'), [
      'arn:<AWS::Partition>:s3:::runs-of-ours',
    ]);
  }
});

test('no bucket but this account’s is read or written', () => {
  for (const from of [ours, template()]) {
    for (const name of [...FUNCTION_NAMES, 'state-machine']) {
      const onS3 = statementsOf(from, role(name)).filter(
        ({ effect, actions }) =>
          effect === 'Allow' && actions.some((action) => action.startsWith('s3:')),
      );
      assert.ok(onS3.length > 0);
      for (const { conditions } of onS3) {
        assert.deepEqual(conditions, {
          StringEquals: { 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } },
        });
      }
    }
  }
});

test('every role has the path and the boundary, and is named with the path', () => {
  const roles = [ours, reading].flatMap((of) =>
    Object.values(of.findResources('AWS::IAM::Role')).map(({ Properties }) => Properties),
  );
  assert.equal(roles.length, 9);
  for (const { Path, PermissionsBoundary } of roles) {
    assert.equal(Path, '/platform/');
    assert.match(flat(PermissionsBoundary), /:policy\/platform\/Boundary$/);
  }
  assert.match(
    resourcesOf(ours, role('scan-usage'), 'sts:AssumeRole').join(),
    /:role\/platform\/EcrSweepRead$/,
  );
  const { Condition } = only(reading, 'AWS::IAM::Role').Properties.AssumeRolePolicyDocument
    .Statement[0];
  assert.ok(
    Condition.ArnEquals['aws:PrincipalArn'].every((arn: unknown) =>
      /:role\/platform\/ecr-sweep-/.test(flat(arn)),
    ),
  );
  const { Variables } = only(ours, 'AWS::Lambda::Function', {
    FunctionName: role('delete-batch'),
  }).Properties.Environment;
  assert.equal(Variables.ECR_SWEEP_DELETE_ROLE, 'platform/EcrSweepDelete');
});

test('functions in a VPC are in its subnets, and may make their interfaces', () => {
  for (const name of FUNCTION_NAMES) {
    const { Properties } = only(ours, 'AWS::Lambda::Function', { FunctionName: role(name) });
    assert.deepEqual(Properties.VpcConfig, {
      SubnetIds: ['subnet-1', 'subnet-2'],
      SecurityGroupIds: ['sg-1'],
    });
    assert.ok(actionsOf(ours, role(name)).includes('ec2:CreateNetworkInterface'));
    // What user data names is read anyway.
    const others = actionsOf(template(), role(name)).filter((action) => !action.includes('Launch'));
    assert.ok(!others.some((action) => action.startsWith('ec2:')));
  }
});

test('concurrency is reserved where that is said', () => {
  for (const name of FUNCTION_NAMES) {
    const { Properties } = only(ours, 'AWS::Lambda::Function', { FunctionName: role(name) });
    assert.equal(Properties.ReservedConcurrentExecutions, name === 'scan-usage' ? 10 : undefined);
  }
});
