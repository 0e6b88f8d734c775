// Holds the synthesized templates against the rules of AWS Control Tower, by CloudFormation Guard: what it
// finds has a reason here, and what has a reason is found. `npm run lint` synthesizes them first.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SYNTHESIZED = join(__dirname, '../../target/infra');
const VARIANTS = ['dry-run', 'deletion', 'unscheduled'];

/** Why a rule is not kept, by its name. */
const REASONS: Record<string, string> = {
  cloudwatch_log_group_encrypted_check:
    'CloudWatch encrypts every log group; these name runs, accounts and repositories, and no secret.',
  cloudwatch_log_group_retention_period_check:
    'What has to be kept is in the run store, for 400 days; how long logs are is `logRetentionDays`.',
  kms_create_grant_aws_service_check:
    'The key protects notices on their way, and nothing that is kept; grants on it are up to IAM.',
  lambda_inside_vpc_check: 'Nothing listens, and nothing private is called: `vpc` names a network.',
  s3_bucket_default_encryption_kms_check:
    'S3 encrypts; `encryptionKeyArn` names a key of the organization’s own.',
  s3_bucket_logging_enabled_check: 'A bucket for access logs is named with `accessLogsBucket`.',
  s3_bucket_object_lock_enabled_check:
    'The lock is replaced, and runs expire; every version is kept for 90 days.',
  s3_event_notifications_enabled_check:
    'Nobody waits for documents: Step Functions runs the steps.',
  sqs_dlq_check: 'The queue is the dead-letter queue, of the schedule.',
  step_functions_state_machine_tracing_enabled_check:
    'The log has every step; traces of thousands of functions a run cost more than the run.',
};

/** What Guard says of one file. */
interface Report {
  readonly name: string;
  readonly not_compliant: { readonly Rule: { readonly name: string } }[];
  readonly compliant: string[];
}

/** The program, as it comes with the package for this system. */
function program(of: string): string {
  const system = { linux: 'ubuntu', darwin: 'macos' }[process.platform as string];
  const processor = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as string];
  const file = join(of, `bin/${system}/${processor}/cfn-guard`);
  if (!existsSync(file)) {
    throw new Error(`there is no cfn-guard for ${process.platform} on ${process.arch}`);
  }
  return file;
}

function reports(folder: string): Report[] {
  const of = dirname(require.resolve('@cdklabs/cdk-validator-cfnguard/package.json'));
  const templates = readdirSync(folder).filter((name) => name.endsWith('.template.json'));
  const form = ['--structured', '--output-format', 'json', '--show-summary', 'none'];
  const what = ['--data', ...templates.map((name) => join(folder, name))];
  const rules = ['--rules', join(of, 'rules')];
  try {
    const said = execFileSync(program(of), ['validate', ...rules, ...what, ...form]);
    return JSON.parse(said.toString());
  } catch (error) {
    // What it says of templates that break a rule.
    const { status, stdout } = error as { status?: number; stdout?: Buffer };
    if (status !== 19 || !stdout) {
      throw error;
    }
    return JSON.parse(stdout.toString());
  }
}

const all = VARIANTS.flatMap((variant) => reports(join(SYNTHESIZED, variant)));
const found = new Set(all.flatMap((it) => it.not_compliant.map(({ Rule }) => Rule.name)));
const wrong = [
  ...all.filter(({ compliant }) => compliant.length === 0).map(({ name }) => `${name}: no rule`),
  ...[...found].filter((rule) => !(rule in REASONS)).map((rule) => `${rule} has no reason`),
  ...Object.keys(REASONS)
    .filter((rule) => !found.has(rule))
    .map((rule) => `${rule} has a reason, and is kept`),
];
if (all.length < VARIANTS.length || wrong.length > 0) {
  console.error(wrong.join('\n') || 'no template was looked at');
  process.exitCode = 1;
} else {
  console.log(`cfn-guard finds nothing in ${all.length} templates that is not explained`);
}
