// The npm package, as it is packed, in a fresh app. It is compiled by jsii, which takes longer than all
// other tests.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EcrSweep } from '../lib';
import { pack } from '../scripts/pack';
import { FUNCTIONS_DIRECTORY } from './synthesized';

const MODULES = join(__dirname, '../node_modules');

const archive = pack(join(__dirname, '../../target/npm'), FUNCTIONS_DIRECTORY);

/** A folder of an app that has the package and its peers, and nothing of the workspace. */
const fresh = mkdtempSync(join(tmpdir(), 'ecr-sweep-'));
const installed = join(fresh, 'node_modules/ecr-sweep-construct');
mkdirSync(installed, { recursive: true });
run('tar', '--extract', '--file', archive, '--strip-components=1', '--directory', installed);
for (const name of ['aws-cdk-lib', 'constructs', '@types']) {
  symlinkSync(join(MODULES, name), join(fresh, 'node_modules', name));
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { cwd: fresh, encoding: 'utf8' });
}

function app(name: string, text: string): string {
  const file = join(fresh, name);
  writeFileSync(file, text);
  return file;
}

test('one line in another app deploys what the workspace deploys', () => {
  const file = app(
    'app.js',
    `const { App, Stack } = require('aws-cdk-lib');
     const { EcrSweep } = require('ecr-sweep-construct');
     const app = new App({ outdir: 'cdk.out' });
     new EcrSweep(new Stack(app, 'Ours'), 'EcrSweep');
     app.synth();`,
  );
  run(process.execPath, file);
  const ours = new Stack(new App(), 'Ours');
  new EcrSweep(ours, 'EcrSweep', { functionsDirectory: FUNCTIONS_DIRECTORY });
  assert.deepEqual(
    JSON.parse(readFileSync(join(fresh, 'cdk.out/Ours.template.json'), 'utf8')),
    Template.fromStack(ours).toJSON(),
  );
});

test('its types hold in another app', () => {
  const file = app(
    'typed.ts',
    `import { App, Stack, aws_iam as iam } from 'aws-cdk-lib';
     import { EcrSweep } from 'ecr-sweep-construct';
     const stack = new Stack(new App(), 'Ours');
     const sweep = new EcrSweep(stack, 'EcrSweep', { deletion: true, memorySizes: { notify: 512 } });
     const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
     sweep.grantRead(role);
     sweep.grantStart(role);
     sweep.grantApprove(role);`,
  );
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext'];
  run(join(MODULES, '.bin/tsc'), ...options, '--types', 'node', file);
});

test('it has what it needs, and not the CDK', () => {
  const files = run('tar', '--list', '--file', archive).trim().split('\n');
  for (const file of ['.jsii', 'assets/sweep.asl.json', 'assets/functions/notify/bootstrap']) {
    assert.ok(files.includes(`package/${file}`), file);
  }
  assert.ok(files.some((file) => file.startsWith('package/node_modules/yaml/')));
  const others = files.filter((file) =>
    /node_modules\/(?!yaml\/)|(?<!\.d)\.ts$|\/test\//.test(file),
  );
  assert.deepEqual(
    others.filter((file) => !file.includes('/yaml/')),
    [],
  );
});
