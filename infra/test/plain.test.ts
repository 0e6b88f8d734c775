import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, type Stack } from 'aws-cdk-lib';
import { addStacks } from '../lib/app';
import { FUNCTION_NAMES } from '../lib/names';
import { flat } from './statements';
import { FUNCTIONS_DIRECTORY } from './synthesized';

const archives = mkdtempSync(join(tmpdir(), 'ecr-sweep-'));
FUNCTION_NAMES.forEach((name) => writeFileSync(join(archives, `${name}.zip`), `of ${name}`));

/** The plain template of an app with this context. */
function plain(context: Record<string, string> = {}): Record<string, any> {
  const app = new App({ context: { plain: 'true', functionsDirectory: archives, ...context } });
  addStacks(app);
  const { artifactId } = app.node.findChild('EcrSweep') as Stack;
  return app.synth().getStackArtifact(artifactId).template;
}

test('the plain template needs neither bootstrap nor assets, and has nothing for the CDK', () => {
  const policy = join(__dirname, '../../examples/policy.yaml');
  for (const context of [{}, { deletion: 'true', approval: 'true' }, { policy }] as const) {
    const template = plain(context as Record<string, string>);
    assert.equal(template.Rules, undefined);
    assert.deepEqual(Object.keys(template.Parameters), ['CodeBucket', 'CodePrefix']);
    assert.doesNotMatch(JSON.stringify(template), /aws:cdk|cdk-hnb659fds|AWS::CDK/);
  }
});

test('a function is in the bucket that is said, under a key that other code would not have', () => {
  const functions = Object.values(plain().Resources as Record<string, any>).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );
  assert.deepEqual(
    functions.map(({ Properties }) => flat(Properties.Code.S3Key)).sort(),
    FUNCTION_NAMES.map((name) => {
      const digest = createHash('sha256').update(`of ${name}`).digest('hex').slice(0, 16);
      return `<CodePrefix>${name}-${digest}.zip`;
    }).sort(),
  );
  for (const { Properties } of functions) {
    assert.deepEqual(Properties.Code.S3Bucket, { Ref: 'CodeBucket' });
  }
});

test('a policy is read from the run store, where somebody puts it', () => {
  const { Resources } = plain({ policy: join(__dirname, '../../examples/policy.yaml') });
  const [list] = Object.values(Resources as Record<string, any>).filter(
    ({ Properties }) => Properties?.FunctionName === 'ecr-sweep-list-repos',
  );
  const { ECR_SWEEP_POLICY } = list.Properties.Environment.Variables;
  assert.equal(flat(ECR_SWEEP_POLICY), 's3://<SweepRunStoreBucket>/policy.yaml');
});

test('what is no archive is refused: Lambda takes no other from a bucket', () => {
  assert.throws(() => plain({ functionsDirectory: FUNCTIONS_DIRECTORY }), /is no archive/);
});
