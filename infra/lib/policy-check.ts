import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { parseDocument } from 'yaml';

const BUILT = join(__dirname, '../../target');

/** What a policy is checked by, and held against. */
export interface PolicyCheckProps {
  readonly file: string;
  /** The command `ecr-sweep`, if it is not where builds and installations leave it. */
  readonly command?: string;
  /** The role that the functions may assume to read, its path in front. */
  readonly readRole: string;
  /** Whether channels of Slack can be written to by their names. */
  readonly hasSlackToken: boolean;
}

/**
 * Refuses a policy that `ecr-sweep check` refuses, with what it says, lines among it. Where there
 * is no command to ask, a warning says so.
 */
export function checkPolicy(scope: Construct, props: PolicyCheckProps): void {
  const { file, command, readRole, hasSlackToken } = props;
  const annotations = Annotations.of(scope);
  const found = command ?? commandsAtHand().find((path) => existsSync(path));
  if (found) {
    ask(found, file);
  } else {
    annotations.addWarningV2(
      'ecr-sweep:policy-unchecked',
      `${file} is deployed unchecked, as there is no command ecr-sweep here: ` +
        'cargo build --package ecr-sweep-cli makes it.',
    );
  }
  const policy = parseDocument(readFileSync(file, 'utf8')).toJS();
  if (namesChannels(policy) && !hasSlackToken) {
    annotations.addWarningV2(
      'ecr-sweep:channel-unheard',
      'The policy names channels of Slack under notify, and no slack-token is among the notices: they ' +
        'hear nothing. docs/notices.md says how to configure one.',
    );
  }
  const role = roleOf(file);
  if (role !== undefined && role !== readRole) {
    annotations.addWarningV2(
      'ecr-sweep:read-role',
      `The policy's scope.role is '${role}', and the functions may assume '${readRole}' alone: no ` +
        'other account could be read. Let readRoleName and the policy say the same.',
    );
  }
}

/** Where the command can be: built in the workspace, or installed. */
function commandsAtHand(): string[] {
  const installed = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = [join(BUILT, 'release'), join(BUILT, 'debug'), ...installed];
  return folders.map((folder) => join(folder, 'ecr-sweep'));
}

function ask(command: string, file: string): void {
  // What is set for other calls of the command, such as a snapshot, is not meant for this one.
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('ECR_SWEEP_'));
  const { error, status, signal, stderr } = spawnSync(command, ['check', file], {
    encoding: 'utf8',
    env: { ...Object.fromEntries(env), NO_COLOR: '1' },
  });
  if (error || status !== 0) {
    const ended = error?.message ?? signal ?? `exit code ${status}`;
    throw new Error(`'${command} check ${file}' refuses the policy (${ended}):\n${stderr ?? ''}`);
  }
}

/** The role that a policy names to read other accounts by. */
function roleOf(file: string): string | undefined {
  const role: unknown = parseDocument(readFileSync(file, 'utf8')).getIn(['scope', 'role']);
  return role === undefined ? undefined : String(role);
}

/** Whether a policy names channels, or a tag that may. */
function namesChannels(policy: any): boolean {
  const rules: any[] = Array.isArray(policy?.repositories) ? policy.repositories : [];
  return [policy, ...rules].some((it) => it?.notify !== undefined && it.notify !== null);
}
