import { Annotations, Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EcrSweepProps } from './ecr-sweep-props';

/** How many children of each Distributed Map run at once, all of them said. */
export type AtOnce = Required<NonNullable<EcrSweepProps['concurrency']>>;

/** The state machine ends after two weeks. What else a run does has a day of them. */
const LONGEST_APPROVAL = Duration.days(13);

/** What runs at once. Step Functions takes a zero for no limit, and a fraction for a failure. */
export function checkedConcurrency({ concurrency = {} }: EcrSweepProps): AtOnce {
  const { scopes = 8, registries = 8, repositories = 4 } = concurrency;
  const atOnce = { scopes, registries, repositories };
  for (const [what, count] of Object.entries(atOnce)) {
    if (!Number.isInteger(count) || count < 1 || count > 1000) {
      throw new Error(`concurrency.${what} is a whole number from 1 to 1000, not ${count}`);
    }
  }
  return atOnce;
}

/** How long an approval is waited for: shorter than the state machine runs. */
export function checkedApprovalTimeout({ approvalTimeout }: EcrSweepProps): Duration {
  const timeout = approvalTimeout ?? Duration.hours(24);
  if (timeout.toSeconds() < 1 || timeout.toSeconds() > LONGEST_APPROVAL.toSeconds()) {
    throw new Error(
      `approvalTimeout is ${timeout.toHumanString()}, and the state machine ends after two weeks: ` +
        `it can be ${LONGEST_APPROVAL.toHumanString()} at most`,
    );
  }
  return timeout;
}

/** Who may approve. A second person is one of two: where nobody has to approve, there is none. */
export function checkedSecondPerson({
  approval,
  secondPerson = false,
  personalRoles = [],
}: EcrSweepProps): { secondPerson: boolean; personalRoles: string[] } {
  if (secondPerson && !approval) {
    throw new Error('secondPerson says who approves, and nobody has to without approval');
  }
  const wrong = personalRoles.find((name) => !/^[\w+=.@-]+\*?$/.test(name));
  if (wrong !== undefined) {
    throw new Error(`'${wrong}' is no name of a role, nor the beginning of one with * behind it`);
  }
  return { secondPerson, personalRoles };
}

/** Warns of what can be deployed, and will not do what it seems to. */
export function warn(scope: Construct, props: EcrSweepProps, atOnce: AtOnce): void {
  const annotations = Annotations.of(scope);
  if (props.approval && !props.deletion) {
    annotations.addWarningV2(
      'ecr-sweep:nothing-to-approve',
      'Approval is required, and deletion is not enabled: every run is a dry run, and nobody is asked.',
    );
  }
  if (props.approval && !props.subscriptions?.length && !props.topic) {
    annotations.addWarningV2(
      'ecr-sweep:nobody-to-approve',
      'Approval is required, and nobody is subscribed to the topic: unless somebody is by other ' +
        'means, nobody is asked, and each run that would delete ends Rejected.',
    );
  }
  const { scopes, registries, repositories } = atOnce;
  const most = Math.max(scopes, registries * repositories);
  const { accountConcurrency = 1000 } = props;
  if (most > accountConcurrency) {
    annotations.addWarningV2(
      'ecr-sweep:concurrency',
      `Up to ${most} functions run at once, and the account has ${accountConcurrency} for all that it ` +
        'runs: they wait for each other, and others for them. Ask for less at once, or for a quota.',
    );
  }
}
