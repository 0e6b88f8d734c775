import {
  Stack,
  aws_events as events,
  aws_iam as iam,
  type aws_kms as kms,
  type aws_sns as sns,
  type aws_stepfunctions as sfn,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { grant } from './permissions/grant';
import { publishing } from './permissions/functions';
import { actingFor } from './roles';

/** Whose failures are told, and where. */
export interface FailedRunsProps {
  readonly deployment: string;
  readonly stateMachine: sfn.IStateMachine;
  readonly topic: sns.ITopic;
  readonly topicKey?: kms.IKey;
  /** Where the runbook is. */
  readonly runbook: string;
}

/** The error of a run that somebody said no to, or nobody answered. Nothing has to be looked at. */
const REJECTED = 'Rejected';

/**
 * Tells of each run that ends FAILED, whether its own notice came or not. A metric counts failures and
 * knows no error; the event has it. An event that has none is told.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export class FailedRuns extends Construct {
  constructor(scope: Construct, id: string, props: FailedRunsProps) {
    super(scope, id);
    const { deployment, stateMachine, topic, topicKey, runbook } = props;
    const name = `${deployment}-run-failed`;
    const stack = Stack.of(this);
    const role = new iam.Role(this, 'Role', {
      roleName: name,
      description: `The rule ${name}: tells the topic of a run that failed, nothing else`,
      assumedBy: actingFor('events.amazonaws.com', stack, [
        stack.formatArn({ service: 'events', resource: 'rule', resourceName: name }),
      ]),
    });
    grant(role, publishing(topic, topicKey));
    const run = events.EventField.fromPath('$.detail.name');
    const error = events.EventField.fromPath('$.detail.error');
    const input = events.RuleTargetInput.fromText(
      `${deployment}: the run ${run} ended FAILED: ${error}. What to do: ${runbook}#run-failed`,
    );
    new events.Rule(this, 'Rule', {
      ruleName: name,
      description: 'A run ended FAILED, and nobody said no to it',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          // The children of its Maps have another one, with a label.
          stateMachineArn: [stateMachine.stateMachineArn],
          status: ['FAILED'],
          error: [{ 'anything-but': REJECTED }, null, { exists: false }],
        },
      },
      targets: [{ bind: () => ({ arn: topic.topicArn, role, input }) }],
    });
  }
}
