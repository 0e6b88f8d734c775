import { Token } from 'aws-cdk-lib';
import type { AtOnce } from './checked';
import type { PerFunction } from './names';
import { type NoticeChannel, toldChannels } from './notice-channels';

/** What the functions are told by their environment. */
export interface EnvironmentProps {
  /** `s3://` address of the run store. */
  readonly store: string;
  /** `s3://` address of the policy. */
  readonly policy: string;
  readonly topicArn: string;
  /** Where notices go besides the topic. */
  readonly notices: readonly NoticeChannel[];
  readonly deletion: boolean;
  readonly approval: boolean;
  /** Whether another person has to approve than the one who has started it. */
  readonly secondPerson: boolean;
  readonly personalRoles: readonly string[];
  /** The role that deletes in other accounts. */
  readonly deleteRole: string;
  readonly atOnce: AtOnce;
}

/** How many calls to one API a function has under way at once, in one account and Region. */
const CALLS_AT_ONCE = 16;

/** The environment of each function: nothing that it does not read. */
export function environments(props: EnvironmentProps): PerFunction<Record<string, string>> {
  const all = {
    ECR_SWEEP_STORE: props.store,
    ECR_SWEEP_LOG: 'info',
    ECR_SWEEP_CONCURRENCY: String(CALLS_AT_ONCE),
    // One thread allocates nearly all. With an arena for each, planning the largest repository
    // takes twice the memory: what one frees, the others cannot have.
    MALLOC_ARENA_MAX: '1',
  };
  const persons = { ECR_SWEEP_PERSONAL_ROLES: props.personalRoles.join(',') };
  const deletion = { ECR_SWEEP_DELETION: props.deletion ? 'enabled' : 'disabled' };
  const told = {
    'list-repos': {
      ...all,
      ...deletion,
      ECR_SWEEP_POLICY: props.policy,
      ...persons,
      ECR_SWEEP_APPROVAL: approval(props),
      ECR_SWEEP_SCOPES_AT_ONCE: String(props.atOnce.scopes),
      ECR_SWEEP_REGISTRIES_AT_ONCE: String(props.atOnce.registries),
      ECR_SWEEP_REPOSITORIES_AT_ONCE: String(props.atOnce.repositories),
    },
    'scan-usage': all,
    'plan-repo': all,
    'delete-batch': {
      ...all,
      ...deletion,
      ...persons,
      ...(props.deletion ? { ECR_SWEEP_DELETE_ROLE: props.deleteRole } : {}),
    },
    notify: {
      ...all,
      ECR_SWEEP_TOPIC_ARN: props.topicArn,
      ECR_SWEEP_NOTICES: toldChannels(props.notices),
    },
  };
  Object.entries(told).forEach(([name, environment]) => checkSize(name, environment));
  return told;
}

/**
 * All variables of a function together, in bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MOST = 4096;

/** What is known only when it is deployed takes at most this: a name or an ARN. */
const UNKNOWN = 256;

function checkSize(name: string, environment: Record<string, string>): void {
  const size = (text: string) => (Token.isUnresolved(text) ? UNKNOWN : Buffer.byteLength(text));
  const bytes = Object.entries(environment).reduce(
    (sum, [key, it]) => sum + key.length + size(it),
    0,
  );
  if (bytes > MOST) {
    throw new Error(
      `what ${name} is told takes ${bytes} bytes of the ${MOST} that Lambda takes: name fewer notices or ` +
        'personalRoles, or secrets by shorter names',
    );
  }
}

function approval({ approval, secondPerson }: EnvironmentProps): string {
  if (!approval) {
    return 'none';
  }
  return secondPerson ? 'second-person' : 'required';
}
