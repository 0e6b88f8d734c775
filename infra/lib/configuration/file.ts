import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, LineCounter, isMap, isNode, isScalar, parseDocument } from 'yaml';
import { type Configuration, PATHS } from './configuration';
import { type Refusal, refusals } from './schema';

/** Reads `ecr-sweep.yaml`. What is wrong in it is told at once, each with its line and column. */
export function readFile(file: string): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const problems = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    offset: pos[0],
    message: String(message.split(/ at line|\n/)[0]),
  }));
  // A file without a key is one of defaults.
  const value: unknown = problems.length > 0 ? {} : (document.toJS() ?? {});
  for (const refusal of refusals(value)) {
    problems.push({ offset: offsetOf(document, refusal), message: refusal.message });
  }
  if (problems.length > 0) {
    const told = problems
      .sort((one, other) => one.offset - other.offset)
      .map(({ offset, message }) => {
        const { line, col } = lines.linePos(offset);
        return `${file}:${line}:${col}: ${message}`;
      });
    throw new Error(`the configuration cannot be used:\n${told.join('\n')}`);
  }
  return withPathsFrom(dirname(file), value as Configuration);
}

/** The same with its paths resolved from this folder. */
export function withPathsFrom(folder: string, configuration: Configuration): Configuration {
  const paths = PATHS.flatMap((key) => {
    const path = configuration[key];
    return path === undefined ? [] : [[key, resolve(folder, path)] as const];
  });
  return { ...configuration, ...Object.fromEntries(paths) };
}

/** Where what is refused starts: a value, or a key that there is not. */
function offsetOf(document: Document, { path, isKey }: Refusal): number {
  const parent = document.getIn(path.slice(0, -1), true);
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
    : undefined;
  const node = isKey ? pair?.key : document.getIn(path, true);
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
