import { Duration, aws_lambda as lambda, aws_scheduler as scheduler } from 'aws-cdk-lib';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { EcrSweepProps } from './ecr-sweep-props';

/** A value of the context: text from `--context`, anything from `cdk.json`. */
type Value = unknown;

/** What each key of the context says, as a property of the construct. */
const OPTIONS: Readonly<Record<string, (value: Value, key: string) => EcrSweepProps>> = {
  name: (value) => ({ name: String(value) }),
  policy: (value) => ({ policyFile: String(value) }),
  policyKey: (value) => ({ policyKey: String(value) }),
  deletion: (value, key) => ({ deletion: yesOrNo(value, key) }),
  approval: (value, key) => ({ approval: yesOrNo(value, key) }),
  approvalTimeoutMinutes: (value, key) => ({
    approvalTimeout: Duration.minutes(count(value, key)),
  }),
  scopesAtOnce: (value, key) => ({ concurrency: { scopes: count(value, key) } }),
  registriesAtOnce: (value, key) => ({ concurrency: { registries: count(value, key) } }),
  repositoriesAtOnce: (value, key) => ({ concurrency: { repositories: count(value, key) } }),
  schedule: (value) => ({
    schedule: value === 'off' ? false : scheduler.ScheduleExpression.expression(String(value)),
  }),
  emails: (value) => ({
    subscriptions: String(value)
      .split(',')
      .map((address) => new EmailSubscription(address.trim())),
  }),
  logRetentionDays: (value, key) => ({ logRetention: count(value, key) }),
  runRetentionDays: (value, key) => ({ runRetention: Duration.days(count(value, key)) }),
  readRoleName: (value) => ({ readRoleName: String(value) }),
  deleteRoleName: (value) => ({ deleteRoleName: String(value) }),
  functionsDirectory: (value) => ({ functionsDirectory: String(value) }),
  architecture: (value, key) => ({ architecture: architecture(value, key) }),
  runbook: (value) => ({ runbook: String(value) }),
};

/**
 * Reads the options of the app from its context.
 *
 * A key that is none of them is refused, so that a slip in `approval` does not go unnoticed. The
 * CDK's own keys have a colon or an at sign, or are listed here.
 */
export function readOptions(app: Construct): EcrSweepProps {
  const options: { -readonly [name in keyof EcrSweepProps]: EcrSweepProps[name] } = {};
  const context = app.node.getAllContext() as Record<string, Value>;
  for (const [key, value] of Object.entries(context)) {
    if (/[:@]/.test(key) || key === 'cli-telemetry') {
      continue;
    }
    const option = OPTIONS[key];
    if (!option) {
      throw new Error(`there is no option '${key}'; there are: ${Object.keys(OPTIONS).join(', ')}`);
    }
    const { concurrency, ...read } = option(value, key);
    Object.assign(options, read);
    options.concurrency = { ...options.concurrency, ...concurrency };
  }
  return options;
}

function yesOrNo(value: Value, key: string): boolean {
  const text = String(value);
  if (text !== 'true' && text !== 'false') {
    throw new Error(`the option '${key}' is true or false, not '${text}'`);
  }
  return text === 'true';
}

function count(value: Value, key: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`the option '${key}' is a whole number from 1, not '${String(value)}'`);
  }
  return number;
}

function architecture(value: Value, key: string): lambda.Architecture {
  switch (value) {
    case 'arm64':
      return lambda.Architecture.ARM_64;
    case 'x86_64':
      return lambda.Architecture.X86_64;
    default:
      throw new Error(`the option '${key}' is arm64 or x86_64, not '${String(value)}'`);
  }
}
