import { RemovalPolicy, Stack, aws_iam as iam, aws_kms as kms, aws_sns as sns } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** The topic of what runs have to say, and of the alarms. */
export class Notices extends Construct {
  readonly topic: sns.Topic;
  readonly key: kms.Key;

  constructor(
    scope: Construct,
    id: string,
    deployment: string,
    subscriptions: sns.ITopicSubscription[],
  ) {
    super(scope, id);
    // A key of its own, because CloudWatch cannot use the key that AWS manages for SNS: with that
    // one every alarm would be lost, silently.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    this.key = new kms.Key(this, 'Key', {
      description: `${deployment}: notices and alarms on their way`,
      enableKeyRotation: true,
      // It protects nothing that is kept.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new sns.Topic(this, 'Topic', {
      topicName: deployment,
      displayName: deployment,
      masterKey: this.key,
      enforceSSL: true,
    });
    this.admitAlarms();
    subscriptions.forEach((subscription) => this.topic.addSubscription(subscription));
  }

  /** Lets the alarms of this account publish; the topic's own policy replaces the one that would. */
  private admitAlarms(): void {
    const cloudwatch = new iam.ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [cloudwatch],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
      }),
    );
    this.key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [cloudwatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
  }
}
