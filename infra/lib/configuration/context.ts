import { parse } from 'yaml';
import type { Configuration } from './configuration';
import { PROPERTIES, refusals } from './schema';

/** What an app can be told by `--context` besides the options: where the file is. */
export const CONFIG = 'config';

/**
 * Reads the options that the context of an app gives: text from `--context`, anything from
 * `cdk.json`.
 *
 * A key that is none of them is refused, so that a slip in `approval` does not go unnoticed. The
 * CDK's own keys have a colon or an at sign, or are listed here.
 */
export function readContext(context: Readonly<Record<string, unknown>>): Configuration {
  const options = Object.entries(context)
    .filter(([key]) => !/[:@]/.test(key) && key !== 'cli-telemetry' && key !== CONFIG)
    .map(([key, value]) => [key, typeof value === 'string' ? meant(key, value) : value] as const);
  const configuration = Object.fromEntries(options);
  const problems = refusals(configuration).map(({ message }) => message);
  if (problems.length > 0) {
    throw new Error(problems.join('\n'));
  }
  return configuration;
}

/** What a text says for a key. One that says nothing of the kind stays text, and is refused. */
function meant(key: string, text: string): unknown {
  const { type, enum: values, items } = PROPERTIES[key] ?? {};
  switch (type) {
    case 'array':
      return items?.type === 'object' ? parse(text) : text.split(',').map((item) => item.trim());
    case 'string':
      return text;
    case 'object':
      return parse(text);
    default:
      return (
        [true, false, Number(text), ...(values ?? [])].find((it) => String(it) === text) ?? text
      );
  }
}
