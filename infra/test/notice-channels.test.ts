import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { type NoticeChannel, PolicySource } from '../lib';
import { readFile } from '../lib/configuration/file';
import { readConfiguration } from '../lib/configuration/read';
import { only, stack, template, warnings } from './synthesized';

const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';
const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:notices/teams';
const NOTICES: NoticeChannel[] = [
  { kind: 'slack-token', secret: 'notices/slack', channel: '#registry', key: KEY },
  { kind: 'teams-webhook', secret: `${ARN}-AbCdEf` },
  { kind: 'webhook', secret: ARN },
];

/** The statements of each role that allow an action of this service. */
function allowed(notices: NoticeChannel[], service: string): Record<string, any[]> {
  const policies = template({ notices }).findResources('AWS::IAM::Policy');
  const found = Object.values(policies).flatMap(({ Properties }) => {
    const statements = Properties.PolicyDocument.Statement.filter(({ Action }: any) =>
      [Action].flat().some((action: string) => action.startsWith(`${service}:`)),
    );
    return statements.length > 0 ? [[Properties.Roles[0].Ref, statements] as const] : [];
  });
  return Object.fromEntries(found);
}

/** A name of a resource without what CloudFormation puts in. */
function plainly(resource: any): string {
  return typeof resource === 'string'
    ? resource
    : resource['Fn::Join'][1].map((part: any) => part.Ref ?? part).join('');
}

function told(notices?: NoticeChannel[]): any {
  const { Variables } = only(template({ notices }), 'AWS::Lambda::Function', {
    FunctionName: 'ecr-sweep-notify',
  }).Properties.Environment;
  return JSON.parse(Variables.ECR_SWEEP_NOTICES);
}

test('notify is told the channels by the names of their secrets, and nothing of their keys', () => {
  assert.deepEqual(told(), []);
  assert.deepEqual(
    told(NOTICES),
    NOTICES.map(({ key: _, ...same }) => same),
  );
});

test('notify alone may read the secrets that it is told, and nothing reads any where it is told none', () => {
  assert.deepEqual(allowed([], 'secretsmanager'), {});
  const [one, ...others] = Object.entries(allowed(NOTICES, 'secretsmanager'));
  const [role, statements] = one ?? ['', []];
  assert.match(role, /^SweepFunctionsnotifyRole/);
  assert.deepEqual(others, []);
  const [{ Action, Resource }, ...more] = statements;
  assert.deepEqual(more, []);
  assert.equal(Action, 'secretsmanager:GetSecretValue');
  const home = 'secretsmanager:AWS::Region:AWS::AccountId:secret:';
  assert.deepEqual(Resource.map(plainly), [
    `arn:AWS::Partition:${home}notices/slack-??????`,
    `${ARN}-AbCdEf`,
    `${ARN}-??????`,
  ]);
  // Each secret that it is told is one of them, and each of them one that it is told.
  assert.equal(told(NOTICES).length, Resource.length);
});

test('a key opens its own secret alone, and only for Secrets Manager', () => {
  const statements = Object.values(allowed(NOTICES, 'kms')).flat();
  const [statement, ...others] = statements.filter(({ Resource }) => Resource === KEY);
  assert.deepEqual(others, []);
  assert.equal(statement.Action, 'kms:Decrypt');
  const { StringEquals, StringLike } = statement.Condition;
  assert.equal(plainly(StringEquals['kms:ViaService']), 'secretsmanager.eu-west-1.AWS::URLSuffix');
  assert.match(plainly(StringLike['kms:EncryptionContext:SecretARN']), /notices\/slack-\?{6}$/);
});

test('a channel that no function would take is refused with its place', () => {
  const hook: NoticeChannel = { kind: 'webhook', secret: 'a' };
  const token: NoticeChannel = { kind: 'slack-token', secret: 'b' };
  for (const [notices, problem] of [
    [[hook, { ...hook, secret: 'https://hooks.example.com/x' }], /notices\[1\]: .* no name/],
    [[hook, hook], /notices\[1\]: it is there twice/],
    [[{ ...hook, channel: '#a' }], /notices\[0\]: a webhook writes to its own channel alone/],
    [[{ ...token, channel: '@jane' }], /notices\[0\]: '@jane' is neither/],
    [[{ ...token, key: 'alias/a' }], /no ARN of a KMS key/],
    [[token, { ...token, secret: 'c' }], /one slack-token/],
  ] as const) {
    assert.throws(() => stack({ notices: [...notices] }), problem);
  }
});

test('more than Lambda takes as an environment is refused', () => {
  const notices = Array.from({ length: 9 }, (_, at) => ({
    kind: 'webhook' as const,
    secret: `${at}`.repeat(500),
  }));
  assert.throws(() => stack({ notices }), /what notify is told takes \d+ bytes of the 4096/);
  assert.doesNotThrow(() => stack({ notices: notices.slice(0, 5) }));
});

test('the file and the context say channels, and what is wrong is told with its line', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'ecr-sweep-')), 'ecr-sweep.yaml');
  const read = (text: string) => {
    writeFileSync(path, text);
    return readFile(path).notices;
  };
  const good = 'notices:\n  - { kind: slack-token, secret: a, channel: "#a" }\n';
  assert.deepEqual(read(good), [{ kind: 'slack-token', secret: 'a', channel: '#a' }]);
  for (const [text, problem] of [
    ['notices:\n  - { kind: mail, secret: a }\n', /:2:13: .*'notices.kind' must be one of/],
    ['notices:\n  - { kind: webhook }\n', /:2:5: .* must have required property 'secret'/],
    ['notices:\n  - { kind: webhook, secret: "https://a" }\n', /:2:30: .* must match pattern/],
    ['notices:\n  - { kind: webhook, secret: a, channel: "#a" }\n', /:2:33: .*does not go here/],
    ['notices:\n  - { kind: webhook, secret: a, url: b }\n', /:2:33: there is no option 'url'/],
    ['notices: []\n', /:1:10: .* must NOT have fewer/],
  ] as const) {
    assert.throws(() => read(text), problem, text);
  }
  const context = { notices: '[{ kind: webhook, secret: a }]' };
  const { notices } = readConfiguration(new App({ context }));
  assert.deepEqual(notices, [{ kind: 'webhook', secret: 'a' }]);
});

test('a policy with channels and no token to write to them is warned of', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'ecr-sweep-')), 'policy.yaml');
  const warned = (text: string, notices: NoticeChannel[] = []) => {
    writeFileSync(file, text);
    return warnings(
      stack({ policy: PolicySource.fromAsset(file), command: '/bin/true', notices }),
    ).join();
  };
  const rule = 'repositories:\n  - notify: { slack: ["#a"] }\n';
  const owners = 'notify: { owner_tag: team }\n';
  const hook: NoticeChannel = { kind: 'slack-webhook', secret: 'a' };
  for (const policy of [rule, owners]) {
    assert.match(warned(policy), /no slack-token is among the notices/);
    assert.match(warned(policy, [hook]), /no slack-token/);
    assert.equal(warned(policy, [{ ...hook, kind: 'slack-token' }]), '');
  }
  assert.equal(warned('repositories: []\n'), '');
});
