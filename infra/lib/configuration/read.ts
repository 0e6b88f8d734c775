import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Configuration } from './configuration';
import { CONFIG, readContext } from './context';
import { readFile, withPathsFrom } from './file';

/** Where the file is, unless `--context config=FILE` says otherwise: beside the policy, at the top. */
const DEFAULT_FILE = join(__dirname, '../../../ecr-sweep.yaml');

/** How an app is to be deployed: as its file says, and over that, as its context says. */
export function readConfiguration(app: Construct): Configuration {
  const context = app.node.getAllContext() as Record<string, unknown>;
  const over = withPathsFrom(process.cwd(), readContext(context));
  const named = context[CONFIG];
  if (named !== undefined) {
    return { ...readFile(resolve(String(named))), ...over };
  }
  if (existsSync(DEFAULT_FILE)) {
    return { ...readFile(DEFAULT_FILE), ...over };
  }
  if (Object.keys(over).length > 0) {
    Annotations.of(app).addWarningV2(
      'ecr-sweep:no-file',
      'There is no ecr-sweep.yaml: what --context says here and not the next time, an approval or an ' +
        'address among it, is gone then. examples/ecr-sweep.yaml is one to start with.',
    );
  }
  return over;
}
