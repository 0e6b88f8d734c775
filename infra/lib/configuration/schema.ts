import Ajv2020, { type ErrorObject } from 'ajv/dist/2020';
import schema from '../../ecr-sweep.schema.json';

/** What the schema says of one key. */
export interface PropertySchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: { readonly type?: string };
}

/** The keys that there are, each with what it can be. */
export const PROPERTIES: Readonly<Record<string, PropertySchema>> = schema.properties;

/** Something that the schema refuses, and where: the keys and indexes that lead to it. */
export interface Refusal {
  readonly path: readonly string[];
  /** Whether it is the key itself that there is not. */
  readonly isKey: boolean;
  readonly message: string;
}

const validate = new Ajv2020({ allErrors: true, verbose: true }).compile(schema);

/** Everything that the schema refuses. */
export function refusals(value: unknown): Refusal[] {
  if (validate(value)) {
    return [];
  }
  // That a part is refused for its kind is told by what refuses it.
  return (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(refusal);
}

function refusal(error: ErrorObject): Refusal {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const { params, data } = error;
  if (error.keyword === 'additionalProperties') {
    const key = String(params.additionalProperty);
    const known = Object.keys(Object(error.parentSchema).properties).join(', ');
    return {
      path: [...path, key],
      isKey: true,
      message: `there is no option '${key}'; there are: ${known}`,
    };
  }
  const option = path.filter((key) => !/^\d+$/.test(key)).join('.');
  if (error.keyword === 'false schema') {
    return { path, isKey: true, message: `the option '${option}' does not go here` };
  }
  const found = `not ${JSON.stringify(data)}`;
  const one = option ? `the option '${option}'` : 'the file';
  const allowed: unknown[] | undefined = params.allowedValues;
  const expected = allowed ? `must be one of ${allowed.join(', ')}` : error.message;
  return { path, isKey: false, message: `${one} ${expected}, ${found}` };
}
