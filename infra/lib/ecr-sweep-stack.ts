import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EcrSweep } from './ecr-sweep';
import type { EcrSweepProps } from './ecr-sweep-props';

/** A stack of its own for `EcrSweep`, with outputs for the command line. */
export class EcrSweepStack extends Stack {
  readonly sweep: EcrSweep;

  /** What `sweep` says may need the stack: a bucket that is named is known in one. */
  constructor(
    scope: Construct,
    id: string,
    sweep: EcrSweepProps | ((stack: Stack) => EcrSweepProps),
    props?: StackProps,
  ) {
    super(scope, id, {
      description: 'ecr-sweep: deletes container images that nothing uses',
      ...props,
    });
    const sweepProps = typeof sweep === 'function' ? sweep(this) : sweep;
    this.sweep = new EcrSweep(this, 'Sweep', sweepProps);
    const { stateMachine, bucket, topic } = this.sweep;
    const output = (name: string, description: string, value: string) =>
      new CfnOutput(this, name, { description, value });
    output('StateMachineArn', 'What a run is an execution of', stateMachine.stateMachineArn);
    output('StoreUrl', 'The run store, as --store takes it', `s3://${bucket.bucketName}`);
    output('BucketName', 'The bucket of the run store', bucket.bucketName);
    output('TopicArn', 'The topic of notices and alarms', topic.topicArn);
    output('Settings', 'What this deployment does', settings(sweepProps));
  }
}

/** What matters most of a deployment, so that each one shows what it changes. */
function settings(props: EcrSweepProps): string {
  const { deletion, approval, secondPerson, schedule, subscriptions = [] } = props;
  return [
    `deletion ${deletion ? 'enabled' : 'disabled'}`,
    `approval ${approval ? 'required' : 'not required'}${secondPerson ? ' of a second person' : ''}`,
    `${subscriptions.length} subscribed`,
    schedule === false ? 'no schedule' : 'a scheduled dry run',
  ].join(', ');
}
