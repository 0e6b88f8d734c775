import type { Template } from 'aws-cdk-lib/assertions';

/** The account and Region that a template is read as deployed in. */
export interface Place {
  readonly account: string;
  readonly region: string;
  /** The values of the template's parameters. */
  readonly parameters?: Readonly<Record<string, string>>;
}

type Resource = { readonly Type: string; readonly Properties: Record<string, any> };

/** A part of a template as AWS gets it, its intrinsic functions worked out. */
export function resolved(template: Template, place: Place, part: unknown): any {
  const resources: Record<string, Resource> = template.toJSON().Resources;
  const of = (value: unknown): any => {
    if (Array.isArray(value)) {
      return value.map(of);
    }
    if (value === null || typeof value !== 'object') {
      return value;
    }
    const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, any>;
    if (Ref) {
      return reference(Ref);
    }
    if (attribute) {
      if (attribute[1] !== 'Arn') {
        throw new Error(`no attribute ${attribute.join('.')} is worked out`);
      }
      return arn(attribute[0]);
    }
    if (join) {
      return join[1].map(of).join(join[0]);
    }
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, of(it)]));
  };
  const reference = (name: string): string => {
    const known: Record<string, string> = {
      'AWS::Partition': 'aws',
      'AWS::AccountId': place.account,
      'AWS::Region': place.region,
      'AWS::URLSuffix': 'amazonaws.com',
      ...place.parameters,
    };
    return known[name] ?? (resources[name]?.Type === 'AWS::S3::Bucket' ? bucket(name) : arn(name));
  };
  const bucket = (id: string) => of(resources[id]!.Properties.BucketName);
  const arn = (id: string): string => {
    const { Type, Properties } = resources[id]!;
    const own = (service: string) => `arn:aws:${service}:${place.region}:${place.account}`;
    switch (Type) {
      case 'AWS::S3::Bucket':
        return `arn:aws:s3:::${bucket(id)}`;
      case 'AWS::Logs::LogGroup':
        return `${own('logs')}:log-group:${of(Properties.LogGroupName)}:*`;
      case 'AWS::Lambda::Function':
        return `${own('lambda')}:function:${of(Properties.FunctionName)}`;
      case 'AWS::StepFunctions::StateMachine':
        return `${own('states')}:stateMachine:${of(Properties.StateMachineName)}`;
      case 'AWS::IAM::Role':
        return `arn:aws:iam::${place.account}:role/${of(Properties.RoleName)}`;
      // These have names that CloudFormation makes.
      case 'AWS::SNS::Topic':
        return `${own('sns')}:${of(Properties.TopicName) ?? 'THE-TOPIC'}`;
      case 'AWS::SQS::Queue':
        return `${own('sqs')}:${of(Properties.QueueName) ?? 'THE-QUEUE'}`;
      case 'AWS::KMS::Key':
        return `${own('kms')}:key/THE-KEY-OF-THE-TOPIC`;
      default:
        throw new Error(`no ARN of a ${Type} is worked out`);
    }
  };
  return of(part);
}
