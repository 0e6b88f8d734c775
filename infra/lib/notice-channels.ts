import { Aws } from 'aws-cdk-lib';
import type { Permission } from './permissions/grant';

/** A place that hears of runs, besides the topic. What it takes to write there is a secret. */
export interface NoticeChannel {
  /** What it is: a webhook of Slack, Teams or your own, or the token of a Slack app. */
  readonly kind: 'slack-webhook' | 'slack-token' | 'teams-webhook' | 'webhook';
  /** The secret in Secrets Manager: its name, in this account and Region, or its ARN. */
  readonly secret: string;
  /**
   * The channel that hears of every run by a `slack-token`: `#name` or id. @default - only those that the
   * policy names, each of its repositories
   */
  readonly channel?: string;
  /** The ARN of the secret's KMS key, if it is one of yours. @default - the key that AWS manages */
  readonly key?: string;
}

const SECRET = /^(?:(arn:[a-z-]+:secretsmanager:([a-z0-9-]+):\d{12}:secret:))?[\w/+=.@-]{1,512}$/;
const KEY = /^arn:[a-z-]+:kms:([a-z0-9-]+):\d{12}:key\/.+$/;
const CHANNEL = /^(#[^#@\sA-Z.,:;!?/]{1,80}|[CG][A-Z0-9]{7,15})$/;

/** The channels of a deployment, none of which a function would refuse. */
export function checkedNotices(channels: readonly NoticeChannel[] = []): readonly NoticeChannel[] {
  channels.forEach(({ kind, secret, channel, key }, at) => {
    const refuse = (problem: string) => {
      throw new Error(`notices[${at}]: ${problem}`);
    };
    if (!SECRET.test(secret)) {
      refuse(`'${secret}' is no name and no ARN of a secret: what is in it is not said here`);
    }
    if (key !== undefined && !KEY.test(key)) {
      refuse(`'${key}' is no ARN of a KMS key`);
    }
    if (channel !== undefined && kind !== 'slack-token') {
      refuse(`a ${kind} writes to its own channel alone: 'channel' is of a slack-token`);
    }
    if (channel !== undefined && !CHANNEL.test(channel)) {
      refuse(`'${channel}' is neither the name of a channel, such as #payments, nor an id`);
    }
    if (channels.slice(0, at).some((other) => other.kind === kind && other.secret === secret)) {
      refuse('it is there twice');
    }
  });
  if (channels.filter(({ kind }) => kind === 'slack-token').length > 1) {
    throw new Error(
      'notices: channels of Slack are written to by one slack-token, and there are more',
    );
  }
  return channels;
}

/** What notify is told of them: no key, which is IAM's alone. */
export function toldChannels(channels: readonly NoticeChannel[]): string {
  return JSON.stringify(
    channels.map(({ kind, secret, channel }) => ({ kind, secret, ...(channel && { channel }) })),
  );
}

/**
 * Reads these secrets, and no others.
 *
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
 */
export function readsSecrets(channels: readonly NoticeChannel[]): Permission[] {
  const secrets = new Set(channels.map(({ secret }) => secretArn(secret)));
  const keys = channels.flatMap(({ key, secret }) => (key ? [{ key, secret }] : []));
  return [
    ...(secrets.size > 0
      ? [{ actions: ['secretsmanager:GetSecretValue'], resources: [...secrets] }]
      : []),
    ...keys.map(({ key, secret }) => ({
      actions: ['kms:Decrypt'],
      resources: [key],
      // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
      conditions: {
        StringEquals: {
          'kms:ViaService': `secretsmanager.${KEY.exec(key)?.[1]}.${Aws.URL_SUFFIX}`,
        },
        StringLike: { 'kms:EncryptionContext:SecretARN': secretArn(secret) },
      },
    })),
  ];
}

/** The ARN of a secret ends with a hyphen and six characters that Secrets Manager adds to its name. */
function secretArn(secret: string): string {
  if (/^arn:.*-[A-Za-z0-9]{6}$/.test(secret)) {
    return secret;
  }
  const whole = secret.startsWith('arn:')
    ? secret
    : `arn:${Aws.PARTITION}:secretsmanager:${Aws.REGION}:${Aws.ACCOUNT_ID}:secret:${secret}`;
  return `${whole}-??????`;
}
