import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { flat } from './statements';
import { only, template } from './synthesized';

const bucket = (from = template()) => only(from, 'AWS::S3::Bucket');

test('the bucket outlives the stack', () => {
  assert.equal(bucket().DeletionPolicy, 'Retain');
  assert.equal(bucket().UpdateReplacePolicy, 'Retain');
});

test('the bucket is versioned, encrypted and closed', () => {
  const { Properties } = bucket();
  assert.equal(Properties.VersioningConfiguration.Status, 'Enabled');
  assert.deepEqual(Properties.PublicAccessBlockConfiguration, {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  });
  const [rule] = Properties.BucketEncryption.ServerSideEncryptionConfiguration;
  assert.equal(rule.ServerSideEncryptionByDefault.SSEAlgorithm, 'AES256');
});

test('the bucket refuses what is not TLS', () => {
  const { Statement } = only(template(), 'AWS::S3::BucketPolicy').Properties.PolicyDocument;
  const denied = Statement.map(({ Effect, Condition }: any) => [Effect, Condition]);
  assert.deepEqual(denied, [
    ['Deny', { Bool: { 'aws:SecureTransport': 'false' } }],
    ['Deny', { NumericLessThan: { 's3:TlsVersion': 1.2 } }],
  ]);
});

test('old runs expire, the cache never does', () => {
  const rules = (from = template()) => bucket(from).Properties.LifecycleConfiguration.Rules;
  const expiring = (from = template()) =>
    rules(from)
      .filter((rule: any) => rule.ExpirationInDays)
      .map((rule: any) => [rule.Prefix, rule.ExpirationInDays]);
  assert.deepEqual(expiring(), [['sweeps/', 400]]);
  assert.deepEqual(expiring(template({ runRetention: Duration.days(30) })), [['sweeps/', 30]]);
});

test('the functions find the run store and the policy in the bucket', () => {
  const variables = (name: string) =>
    only(template(), 'AWS::Lambda::Function', { FunctionName: `ecr-sweep-${name}` }).Properties
      .Environment.Variables;
  const bucketName = '<SweepRunStoreBucket>';
  assert.equal(flat(variables('plan-repo').ECR_SWEEP_STORE), `s3://${bucketName}`);
  assert.equal(flat(variables('list-repos').ECR_SWEEP_POLICY), `s3://${bucketName}/policy.yaml`);
});
