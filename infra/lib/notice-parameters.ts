import {
  Aws,
  CfnCondition,
  CfnParameter,
  Fn,
  type Stack,
  aws_iam as iam,
  aws_lambda as lambda,
} from 'aws-cdk-lib';
import type { EcrSweep } from './ecr-sweep';

/**
 * As long as the description of a version may be, which they are part of.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-version.html
 */
const LONGEST = 256;

/** With the six characters that Secrets Manager adds to a name, or as many question marks. */
const SECRET_ARN =
  'arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\\d{12}:secret:[\\w/+=.@-]{1,512}-([A-Za-z0-9]{6}|[?]{6})';
const KEY_ARN = 'arn:[a-z-]+:kms:[a-z0-9-]+:\\d{12}:key/[\\w-]+';

/**
 * Where notices go besides the topic, as parameters of a template: for who has the template and not the
 * configuration that it was made with.
 */
export function addNoticeParameters(stack: Stack, sweep: EcrSweep): void {
  const { valueAsString: notices } = new CfnParameter(stack, 'Notices', {
    description: 'Where notices go besides the topic, as JSON: docs/notices.md',
    default: '[]',
    allowedPattern: '\\[.*\\]',
    maxLength: LONGEST,
  });
  const secrets = list(stack, 'NoticeSecrets', SECRET_ARN, 'The ARNs of the secrets in Notices');
  const keys = list(
    stack,
    'NoticeKeys',
    KEY_ARN,
    'The ARNs of the KMS keys of these secrets, if they are yours',
  );
  const notify = sweep.functions['notify'] as lambda.Function;
  notify.addEnvironment('ECR_SWEEP_NOTICES', notices);
  // The state machine calls a version. That the function has changed makes none: one of another
  // description is another one.
  const version = notify.currentVersion.node.defaultChild as lambda.CfnVersion;
  version.description = notices;
  const { roleName } = notify.role as iam.IRole;
  allow(stack, 'NoticeSecrets', secrets, roleName, {
    Action: 'secretsmanager:GetSecretValue',
    Resource: secrets.valueAsList,
  });
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
  allow(stack, 'NoticeKeys', keys, roleName, {
    Action: 'kms:Decrypt',
    Resource: keys.valueAsList,
    Condition: {
      StringLike: {
        'kms:ViaService': `secretsmanager.*.${Aws.URL_SUFFIX}`,
        'kms:EncryptionContext:SecretARN': secrets.valueAsList,
      },
    },
  });
}

/** ARNs with commas between them; none by default. */
function list(stack: Stack, name: string, arn: string, description: string): CfnParameter {
  return new CfnParameter(stack, name, {
    type: 'CommaDelimitedList',
    description: `${description}, with commas between them`,
    default: '',
    allowedPattern: `(${arn})?`,
  });
}

/** Lets a role do something with what a parameter lists, where it lists anything. */
function allow(
  stack: Stack,
  name: string,
  listed: CfnParameter,
  role: string,
  statement: Record<string, unknown>,
): void {
  const isNone = Fn.conditionEquals(Fn.select(0, listed.valueAsList), '');
  const policy = new iam.CfnPolicy(stack, `${name}Policy`, {
    policyName: name,
    roles: [role],
    policyDocument: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] },
  });
  policy.cfnOptions.condition = new CfnCondition(stack, `Has${name}`, {
    expression: Fn.conditionNot(isNone),
  });
}
