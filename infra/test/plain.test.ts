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
    const notices = ['Notices', 'NoticeSecrets', 'NoticeKeys'];
    assert.deepEqual(Object.keys(template.Parameters), ['CodeBucket', 'CodePrefix', ...notices]);
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

/** The resources of a type in a template. */
function ofType(template: Record<string, any>, type: string): any[] {
  return Object.values(template.Resources as Record<string, any>).filter(
    ({ Type }) => Type === type,
  );
}

/** What CloudFormation has a value match as a whole: each of a list. */
function matches({ AllowedPattern }: any, value: string): boolean {
  return new RegExp(`^(?:${AllowedPattern})$`).test(value);
}

test('where notices go is a parameter, of which notify is told and a version is made', () => {
  const template = plain();
  const { Notices } = template.Parameters;
  assert.equal(Notices.Default, '[]');
  assert.ok(matches(Notices, '[{"kind":"slack-token","secret":"notices/slack","channel":"#a"}]'));
  assert.ok(!matches(Notices, 'notices/slack'));
  const variables = ofType(template, 'AWS::Lambda::Function').flatMap(({ Properties }) => {
    const { ECR_SWEEP_NOTICES } = Properties.Environment.Variables;
    return ECR_SWEEP_NOTICES ? [[Properties.FunctionName, ECR_SWEEP_NOTICES]] : [];
  });
  assert.deepEqual(variables, [['ecr-sweep-notify', { Ref: 'Notices' }]]);
  // It is replaced by another one with another description alone, which is no longer than this.
  const told = ofType(template, 'AWS::Lambda::Version').filter(
    ({ Properties }) => Properties.Description.Ref === 'Notices',
  );
  assert.equal(told.length, 1);
  assert.match(JSON.stringify(told[0].Properties.FunctionName), /Functionsnotify/);
  assert.equal(told[0].UpdateReplacePolicy, 'Retain');
  assert.equal(Notices.MaxLength, 256);
});

test('the secrets that are listed notify alone may read, and nothing where none is', () => {
  const template = plain();
  const policies = ofType(template, 'AWS::IAM::Policy').filter(({ Condition }) => Condition);
  const [secrets, keys, ...others] = policies;
  assert.deepEqual(others, []);
  for (const [policy, name] of [
    [secrets, 'NoticeSecrets'],
    [keys, 'NoticeKeys'],
  ]) {
    const [{ Ref }, ...roles] = policy.Properties.Roles;
    assert.match(Ref, /^SweepFunctionsnotifyRole/);
    assert.deepEqual(roles, []);
    const [statement, ...more] = policy.Properties.PolicyDocument.Statement;
    assert.deepEqual(more, []);
    assert.deepEqual(statement.Resource, { Ref: name });
    const isNone = { 'Fn::Equals': [{ 'Fn::Select': [0, { Ref: name }] }, ''] };
    assert.deepEqual(template.Conditions[policy.Condition], { 'Fn::Not': [isNone] });
    assert.equal(template.Parameters[name].Default, '');
  }
  const [reads] = secrets.Properties.PolicyDocument.Statement;
  const [decrypts] = keys.Properties.PolicyDocument.Statement;
  assert.equal(reads.Action, 'secretsmanager:GetSecretValue');
  assert.equal(decrypts.Action, 'kms:Decrypt');
  const { 'kms:ViaService': via, ...encrypted } = decrypts.Condition.StringLike;
  assert.equal(flat(via), 'secretsmanager.*.<AWS::URLSuffix>');
  assert.deepEqual(encrypted, {
    'kms:EncryptionContext:SecretARN': { Ref: 'NoticeSecrets' },
  });
});

test('only whole ARNs of secrets and of keys are listed', () => {
  const { NoticeSecrets, NoticeKeys } = plain().Parameters;
  const secret = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:notices/slack';
  for (const good of ['', `${secret}-AbCdEf`, `${secret}-??????`]) {
    assert.ok(matches(NoticeSecrets, good), good);
  }
  for (const bad of [secret, 'notices/slack', '*', `${secret}-*`, 'arn:aws:s3:::bucket']) {
    assert.ok(!matches(NoticeSecrets, bad), bad);
  }
  const key = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';
  assert.ok(matches(NoticeKeys, key) && matches(NoticeKeys, ''));
  for (const bad of ['*', 'alias/aws/secretsmanager', `${key}*`]) {
    assert.ok(!matches(NoticeKeys, bad), bad);
  }
});

test('what the configuration says of notices the template says, and asks nobody', () => {
  const template = plain({ notices: '[{ kind: webhook, secret: a }]' });
  assert.deepEqual(Object.keys(template.Parameters), ['CodeBucket', 'CodePrefix']);
  const [notify] = ofType(template, 'AWS::Lambda::Function').filter(
    ({ Properties }) => Properties.FunctionName === 'ecr-sweep-notify',
  );
  const { ECR_SWEEP_NOTICES } = notify.Properties.Environment.Variables;
  assert.deepEqual(JSON.parse(ECR_SWEEP_NOTICES), [{ kind: 'webhook', secret: 'a' }]);
});
