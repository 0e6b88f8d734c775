import { Arn, ArnFormat, Stack } from 'aws-cdk-lib';

/** The functions, by the names of their folders in the workspace and of their binaries. */
export const FUNCTION_NAMES = [
  'list-repos',
  'scan-usage',
  'plan-repo',
  'delete-batch',
  'notify',
] as const;

/** One of the five functions. */
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** Something for each function. */
export type PerFunction<T> = Readonly<Record<FunctionName, T>>;

/** Makes something for each function. */
export function perFunction<T>(make: (name: FunctionName) => T): PerFunction<T> {
  const entries = FUNCTION_NAMES.map((name) => [name, make(name)] as const);
  return Object.fromEntries(entries) as PerFunction<T>;
}

/** Refuses numbers for functions that there are not. */
export function checkFunctionNames(byName: Readonly<Record<string, number>>): void {
  for (const name of Object.keys(byName)) {
    if (!(FUNCTION_NAMES as readonly string[]).includes(name)) {
      throw new Error(`'${name}' is none of the functions: ${FUNCTION_NAMES.join(', ')}`);
    }
  }
}

/** The functions that read the accounts, and so assume the role that reads in other accounts. */
export const READING_FUNCTIONS: readonly FunctionName[] = [
  'list-repos',
  'scan-usage',
  'plan-repo',
  'delete-batch',
];

/** The name of the deployment, unless another is given. */
export const DEFAULT_NAME = 'ecr-sweep';

/** The role that other accounts let the functions read by, unless another is named. */
export const DEFAULT_READ_ROLE_NAME = 'EcrSweepRead';

/** The role that other accounts let delete-batch delete by, unless another is named. */
export const DEFAULT_DELETE_ROLE_NAME = 'EcrSweepDelete';

/** The role that other accounts let people put images back by. */
export const RESTORE_ROLE_NAME = 'EcrSweepRestore';

/**
 * The name of a function, and of its role.
 *
 * It is fixed, so that other accounts can trust the role before it exists.
 */
export function functionName(deployment: string, name: FunctionName): string {
  return `${deployment}-${name}`;
}

/**
 * The ARN of the state machine, known before it exists: its role has to name it.
 */
export function stateMachineArn(stack: Stack, deployment: string): string {
  return Arn.format(
    {
      service: 'states',
      resource: 'stateMachine',
      resourceName: deployment,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    },
    stack,
  );
}

/** The ARN that the ones of a state machine's executions start with. */
export function executionArn(machineArn: string): string {
  return machineArn.replace(':stateMachine:', ':execution:');
}

/** Refuses what cannot be the first part of all the names that are made of it. */
export function checkName(deployment: string): string {
  if (!/^[a-z][a-z0-9-]{1,25}$/.test(deployment)) {
    throw new Error(
      `the name '${deployment}' does not do: it has 2 to 26 lower-case letters, digits and ` +
        `hyphens, and starts with a letter, because the bucket's name is made of it`,
    );
  }
  return deployment;
}
