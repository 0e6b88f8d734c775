import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { sweepProps } from '../lib/app-options';
import { readFile } from '../lib/configuration/file';
import { readConfiguration } from '../lib/configuration/read';
import { PROPERTIES } from '../lib/configuration/schema';

/** A file with this text. */
function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'ecr-sweep-')), 'ecr-sweep.yaml');
  writeFileSync(path, text);
  return path;
}

/** What reading a file complains about, each problem as `line:column: message`. */
function problems(text: string): string[] {
  const path = file(text);
  try {
    readFile(path);
  } catch (error) {
    const [, ...lines] = (error as Error).message.split('\n');
    return lines.map((line) => line.replace(`${path}:`, ''));
  }
  return [];
}

const read = (context: Record<string, unknown>) => readConfiguration(new App({ context }));

test('the example is read, and its policy is beside it', () => {
  const example = join(__dirname, '../../examples/ecr-sweep.yaml');
  const { policy, emails, deletion } = readFile(example);
  assert.equal(policy, join(dirname(example), 'policy.yaml'));
  assert.deepEqual(emails, ['platform@example.com']);
  assert.equal(deletion, false);
});

test('a file that says nothing is one of defaults', () => {
  for (const text of ['', '# nothing\n', '{}']) {
    assert.deepEqual(readFile(file(text)), {});
  }
});

test('everything that is wrong is told at once, each with its line and column', () => {
  const found = problems('deletion: yes\naproval: true\nemails:\n  - a@b.example\n  - nobody\n');
  assert.equal(found.length, 3);
  assert.match(found.join('\n'), /^1:11: the option 'deletion' must be boolean, not "yes"$/m);
  assert.match(found.join('\n'), /^2:1: there is no option 'aproval'; there are: .*approval/m);
  assert.match(found.join('\n'), /^5:5: the option 'emails' must match pattern .*"nobody"$/m);
});

test('a file that is no YAML, or no mapping, is refused where it goes wrong', () => {
  assert.match(String(problems('name: a\nname: b\n')), /^2:1: Map keys must be unique/);
  assert.match(String(problems('emails: [a\n')), /^\d:\d+: /);
  assert.match(String(problems('- deletion\n')), /^1:1: the file must be object/);
});

test('values out of bounds are refused', () => {
  for (const text of [
    'approvalTimeoutMinutes: 0',
    'approvalTimeoutMinutes: 18721',
    'scopesAtOnce: many',
    'registriesAtOnce: 0',
    'repositoriesAtOnce: 1.5',
    'architecture: x86',
    'schedule: weekly',
    'logRetentionDays: 42',
    'name: Sweep',
    'readRoleName: role/Read',
    'schema_version: 2',
  ]) {
    assert.equal(problems(text).length, 1, text);
  }
});

test('the context is read over the file, and the file else', () => {
  const config = file('deletion: true\nemails: [a@b.example]\nscopesAtOnce: 2\npolicy: p.yaml\n');
  const both = read({ config, scopesAtOnce: '3', approval: 'true' });
  assert.deepEqual(
    [both.deletion, both.emails, both.scopesAtOnce, both.approval, both.policy],
    [true, ['a@b.example'], 3, true, join(dirname(config), 'p.yaml')],
  );
});

test('options are read from text and from values alike', () => {
  for (const context of [
    { deletion: 'true', approvalTimeoutMinutes: '90', emails: 'a@b.example, c@d.example' },
    { deletion: true, approvalTimeoutMinutes: 90, emails: ['a@b.example', 'c@d.example'] },
  ]) {
    const { deletion, approvalTimeoutMinutes, emails } = read(context);
    assert.deepEqual(
      [deletion, approvalTimeoutMinutes, emails],
      [true, 90, ['a@b.example', 'c@d.example']],
    );
  }
});

test('an option that does not exist is refused', () => {
  assert.throws(() => read({ aproval: 'true' }), /there is no option 'aproval'.*approval/s);
});

test('a value that an option cannot have is refused', () => {
  for (const context of [
    { deletion: 'yes' },
    { approval: '' },
    { approvalTimeoutMinutes: '0' },
    { scopesAtOnce: 'many' },
    { architecture: 'x86' },
  ]) {
    assert.throws(() => read(context), /the option '/, JSON.stringify(context));
  }
});

test('a file that is named and not there is an error', () => {
  assert.throws(() => read({ config: '/nowhere/ecr-sweep.yaml' }), /ENOENT/);
});

test('keys of the CDK itself are none of the options', () => {
  assert.deepEqual(read({ '@aws-cdk/core:x': true, 'aws:cdk:y': 1, 'cli-telemetry': false }), {});
});

test('options that no file has are warned of', () => {
  const warned = (context: Record<string, unknown>) => {
    const app = new App({ context });
    readConfiguration(app);
    return app.node.metadata.filter(({ data }) => String(data).includes('no ecr-sweep.yaml'));
  };
  assert.equal(warned({ deletion: 'true' }).length, 1);
  assert.equal(warned({}).length, 0);
  assert.equal(warned({ config: file('deletion: true'), approval: 'true' }).length, 0);
});

test('every option of the schema is in the README, with its default', () => {
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
  for (const [key, property] of Object.entries(PROPERTIES)) {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${key}\` `));
    assert.ok(row, `${key} has no row`);
    const { default: byDefault } = property as { default?: unknown };
    if (byDefault !== undefined) {
      assert.equal(row.split('|')[2]?.trim(), `\`${byDefault}\``, key);
    }
  }
});

test('the schedule can be switched off or replaced', () => {
  assert.equal(sweepProps({ schedule: 'off' }).schedule, false);
  const { schedule } = sweepProps({ schedule: 'at(2026-12-01T03:00:00)' });
  assert.ok(schedule);
  assert.equal(schedule.expressionString, 'at(2026-12-01T03:00:00)');
});
