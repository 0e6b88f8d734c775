import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStacks } from '../lib/app';
import type { EcrSweepStack } from '../lib/ecr-sweep-stack';
import { FUNCTION_NAMES } from '../lib/names';
import { actionsOf, resourcesOf } from './statements';
import { FUNCTIONS_DIRECTORY } from './synthesized';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/of-the-vault';
const VAULT = 'arn:<AWS::Partition>:s3:::copies-of-ours';
const COPIES = [`${VAULT}/vault/blobs/*`, `${VAULT}/*/vault/blobs/*`];

function withVault(context: Record<string, string>): Template {
  const app = new App({
    context: {
      functionsDirectory: FUNCTIONS_DIRECTORY,
      vaultBucket: 'copies-of-ours',
      vaultKeyArn: KEY,
      ...context,
    },
  });
  addStacks(app);
  return Template.fromStack(app.node.findChild('EcrSweep') as EcrSweepStack);
}

const deletes = withVault({ deletion: 'true' });
const inVault = (from: Template, name: string, action: string) =>
  resourcesOf(from, `ecr-sweep-${name}`, action).filter((it) => it.startsWith(VAULT));

test('who deletes alone copies to a vault of its own, and nobody removes from it', () => {
  for (const name of FUNCTION_NAMES) {
    const expected = name === 'delete-batch' ? COPIES : [];
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload']) {
      assert.deepEqual(inVault(deletes, name, action), expected, `${name} ${action}`);
    }
    const keys = resourcesOf(deletes, `ecr-sweep-${name}`, 'kms:GenerateDataKey');
    assert.equal(keys.includes(KEY), name === 'delete-batch', name);
    const actions = actionsOf(deletes, `ecr-sweep-${name}`);
    assert.ok(!actions.some((it) => it.startsWith('s3:Delete')), name);
  }
});

test('without deletion nothing is copied', () => {
  const reads = withVault({});
  for (const name of FUNCTION_NAMES) {
    assert.deepEqual(inVault(reads, name, 's3:PutObject'), [], name);
  }
});

test('who restores reads copies, and the doctor looks at the bucket alone', () => {
  const policies = Object.values(deletes.findResources('AWS::IAM::ManagedPolicy'));
  const on = (name: string) =>
    policies
      .filter(({ Properties }) => Properties.ManagedPolicyName === `ecr-sweep-${name}`)
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Resource }) => JSON.stringify(Resource).includes('copies-of-ours'))
      .flatMap(({ Action }) => Action);
  assert.deepEqual(on('restorer').sort(), ['s3:GetObject', 's3:ListBucket']);
  const looks = on('doctor');
  assert.ok(looks.includes('s3:ListBucket') && looks.includes('s3:GetBucketPublicAccessBlock'));
  assert.ok(!looks.includes('s3:GetObject'));
  for (const name of ['reader', 'starter', 'approver', 'planner']) {
    assert.deepEqual(on(name), [], name);
  }
});
