import { Duration, aws_lambda as lambda, aws_scheduler as scheduler } from 'aws-cdk-lib';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Configuration } from './configuration/configuration';
import type { EcrSweepProps } from './ecr-sweep-props';

const ARCHITECTURES = { arm64: lambda.Architecture.ARM_64, x86_64: lambda.Architecture.X86_64 };

/** What the configuration says, as properties of the construct: only what it says. */
export function sweepProps(configuration: Configuration): EcrSweepProps {
  const {
    name,
    policyKey,
    deletion,
    approval,
    accountConcurrency,
    readRoleName,
    deleteRoleName,
    functionsDirectory,
    command,
    runbook,
    scopesAtOnce: scopes,
    registriesAtOnce: registries,
    repositoriesAtOnce: repositories,
    schedule,
    emails,
  } = configuration;
  return {
    name,
    policyFile: configuration.policy,
    policyKey,
    deletion,
    approval,
    approvalTimeout: said(configuration.approvalTimeoutMinutes, Duration.minutes),
    concurrency: { scopes, registries, repositories },
    accountConcurrency,
    schedule: said(schedule, (text) =>
      text === 'off' ? false : scheduler.ScheduleExpression.expression(text),
    ),
    subscriptions: said(emails, (them) => them.map((address) => new EmailSubscription(address))),
    logRetention: configuration.logRetentionDays,
    runRetention: said(configuration.runRetentionDays, Duration.days),
    readRoleName,
    deleteRoleName,
    functionsDirectory,
    architecture: said(configuration.architecture, (word) => ARCHITECTURES[word]),
    command,
    runbook,
  };
}

function said<T, U>(value: T | undefined, make: (value: T) => U): U | undefined {
  return value === undefined ? undefined : make(value);
}
