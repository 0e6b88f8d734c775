import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** Repositories that deleting is allowed in. */
export interface DeletableRepositories {
  /** Patterns over the name, as IAM and the policy have them: `*` any run, `?` any one character. */
  readonly names: string[];
  /** Patterns over the values of the repository's tags, all of which have to match. */
  readonly tags: Record<string, string>;
  /** Whether images are archived there before they are deleted. They may be, where it is not said. */
  readonly archives?: boolean;
}

/** What narrows the permission to delete. */
export interface DeletableProps {
  /** Patterns over names. */
  readonly names?: string[];
  /** Tags that a repository has to have. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The policy, which names repositories as well, and says whether it archives. */
  readonly policyFile?: string;
}

/**
 * The most patterns that are written into a role: its policies have a size.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const MOST_PATTERNS = 40;

/**
 * The repositories that can be deleted in: those that are said, else those that the policy's rules
 * can match, else all. It is never less than what the policy matches, unless it is said.
 */
export function deletableRepositories(props: DeletableProps): DeletableRepositories[] {
  const { names, tags, policyFile } = props;
  const policy: Rules = policyFile ? parse(readFileSync(policyFile, 'utf8')) : null;
  const archives = policyFile ? archivesAnything(policy) : true;
  const of = (deletable: DeletableRepositories[]) => deletable.map((it) => ({ ...it, archives }));
  if (names || tags) {
    return of([{ names: names ?? ['*'], tags: tags ?? {} }]);
  }
  return of(policyFile ? matchedBy(policy) : [EVERY_REPOSITORY]);
}

const EVERY_REPOSITORY: DeletableRepositories = { names: ['*'], tags: {} };

interface Rule {
  readonly match?: { readonly name?: unknown; readonly tags?: Record<string, unknown> };
  readonly action?: unknown;
}

type Rules = { repositories?: Rule[] } | null;

/** Whether a rule of the policy archives: its `action` is something else than to delete. */
function archivesAnything(policy: Rules): boolean {
  return (policy?.repositories ?? []).some(({ action }) => action != null && action !== 'delete');
}

function matchedBy(policy: Rules): DeletableRepositories[] {
  const rules = (policy?.repositories ?? []).map(({ match }) => ({
    names: match?.name === undefined ? ['*'] : [match.name].flat().map(asPattern),
    tags: Object.fromEntries(
      Object.entries(match?.tags ?? {}).map(([key, value]) => [key, asPattern(value)]),
    ),
  }));
  const tagged = rules.filter(({ tags }) => Object.keys(tags).length > 0);
  const named = [...new Set(rules.filter((it) => !tagged.includes(it)).flatMap((it) => it.names))];
  if (rules.length === 0 || named.includes('*')) {
    return [EVERY_REPOSITORY];
  }
  const all = [...(named.length > 0 ? [{ names: named, tags: {} }] : []), ...tagged];
  const patterns = all.reduce(
    (sum, { names, tags }) => sum + names.length + Object.keys(tags).length,
    0,
  );
  return patterns > MOST_PATTERNS ? [EVERY_REPOSITORY] : all;
}

/** A pattern of the policy as IAM has it. IAM has no regular expressions, and means `${` by itself. */
function asPattern(pattern: unknown): string {
  const text = String(pattern);
  return (text.startsWith('/') && text.endsWith('/')) || text.includes('${') ? '*' : text;
}
