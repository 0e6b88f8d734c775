import { Duration, aws_lambda as lambda, aws_scheduler as scheduler } from 'aws-cdk-lib';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Configuration } from './configuration/configuration';
import type { EcrSweepProps } from './ecr-sweep-props';
import { PolicySource } from './policy-source';

const ARCHITECTURES = { arm64: lambda.Architecture.ARM_64, x86_64: lambda.Architecture.X86_64 };

/** What the configuration says, as properties of the construct, but for what there is already. */
export function sweepProps(configuration: Configuration): EcrSweepProps {
  const {
    schema_version: _,
    policy: file,
    policyKey: key,
    approvalTimeoutMinutes,
    scopesAtOnce: scopes,
    registriesAtOnce: registries,
    repositoriesAtOnce: repositories,
    schedule,
    emails,
    logRetentionDays: logRetention,
    runRetentionDays,
    architecture,
    members: _members,
    doctors: _doctors,
    bucket: _bucket,
    encryptionKeyArn: _encryptionKeyArn,
    vaultBucket: _vaultBucket,
    vaultKeyArn: _vaultKeyArn,
    accessLogsBucket: _accessLogsBucket,
    topicArn: _topicArn,
    topicKeyArn: _topicKeyArn,
    vpc: _vpc,
    plain: _plain,
    ...same
  } = configuration;
  return {
    ...same,
    policy: policySource(file, key),
    approvalTimeout: said(approvalTimeoutMinutes, Duration.minutes),
    concurrency: { scopes, registries, repositories },
    schedule: said(schedule, (text) =>
      text === 'off' ? false : scheduler.ScheduleExpression.expression(text),
    ),
    subscriptions: said(emails, (them) => them.map((address) => new EmailSubscription(address))),
    logRetention,
    runRetention: said(runRetentionDays, Duration.days),
    architecture: said(architecture, (word) => ARCHITECTURES[word]),
  };
}

function policySource(file?: string, key?: string): PolicySource | undefined {
  if (file !== undefined && key !== undefined) {
    throw new Error('policy and policyKey both say where the policy is: give one of them');
  }
  return (
    said(file, (path) => PolicySource.fromAsset(path)) ??
    said(key, (name) => PolicySource.fromRunStore(name))
  );
}

function said<T, U>(value: T | undefined, make: (value: T) => U): U | undefined {
  return value === undefined ? undefined : make(value);
}
