import { RemovalPolicy, Stack, aws_iam as iam, aws_kms as kms, aws_sns as sns } from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** Whom the topic tells. */
export interface NoticesProps {
  readonly deployment: string;
  readonly subscriptions: sns.ITopicSubscription[];
  /** A topic that there is, which lets this account's alarms publish. */
  readonly topic?: sns.ITopic;
  /** The key of that topic. */
  readonly topicKey?: kms.IKey;
}

/** The topic of what runs have to say, and of the alarms. */
export class Notices extends Construct {
  readonly topic: sns.ITopic;
  /** The key that it is encrypted with, if it is. */
  readonly key?: kms.IKey;

  constructor(scope: Construct, id: string, props: NoticesProps) {
    super(scope, id);
    const { deployment, topic, topicKey } = props;
    const made = topic ? { topic, key: topicKey } : this.made(deployment);
    this.topic = made.topic;
    this.key = made.key;
    props.subscriptions.forEach((subscription) => this.topic.addSubscription(subscription));
  }

  private made(deployment: string): { topic: sns.Topic; key: kms.Key } {
    // A key of its own, because CloudWatch cannot use the key that AWS manages for SNS: with that
    // one every alarm would be lost, silently.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    const key = new kms.Key(this, 'Key', {
      description: `${deployment}: notices and alarms on their way`,
      enableKeyRotation: true,
      // It protects nothing that is kept.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const topic = new sns.Topic(this, 'Topic', {
      topicName: deployment,
      displayName: deployment,
      masterKey: key,
      enforceSSL: true,
    });
    this.admitAlarms(topic, key);
    return { topic, key };
  }

  /** Lets the alarms of this account publish; the topic's own policy replaces the one that would. */
  private admitAlarms(topic: sns.Topic, key: kms.Key): void {
    const cloudwatch = new iam.ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [cloudwatch],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
      }),
    );
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [cloudwatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
  }
}
