import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, aws_lambda as lambda, type aws_s3 as s3 } from 'aws-cdk-lib';
import type { FunctionName } from './names';

/** Where the functions are. */
export interface FunctionCodeProps {
  /** A folder with `NAME.zip` or `NAME/bootstrap`. */
  readonly functionsDirectory: string;
  /** The bucket that somebody puts the archives into. Without it they are assets. */
  readonly codeBucket?: s3.IBucket;
  /** What their keys start with there. */
  readonly codePrefix?: string;
}

/** Where Lambda gets a function from. */
export function functionCode(props: FunctionCodeProps, name: FunctionName): lambda.Code {
  const { functionsDirectory, codeBucket, codePrefix = '' } = props;
  const built = builtFunction(functionsDirectory, name);
  if (!codeBucket) {
    return lambda.Code.fromAsset(built);
  }
  Annotations.of(codeBucket).acknowledgeWarning(
    '@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified',
    'Other code has another key.',
  );
  return lambda.Code.fromBucketV2(codeBucket, `${codePrefix}${archiveKey(built, name)}`);
}

/**
 * The key of a function's archive: other code has another key. Under the same, CloudFormation would
 * not see that there is something to deploy.
 */
export function archiveKey(archive: string, name: FunctionName): string {
  if (!archive.endsWith('.zip')) {
    throw new Error(`${archive} is no archive, and Lambda takes no other from a bucket`);
  }
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  return `${name}-${digest.slice(0, 16)}.zip`;
}

/** A function's archive, or the folder of its binary. */
function builtFunction(directory: string, name: FunctionName): string {
  const [archive, folder] = [join(directory, `${name}.zip`), join(directory, name)];
  if (existsSync(archive)) {
    return archive;
  }
  if (!existsSync(join(folder, 'bootstrap'))) {
    throw new Error(
      `no function at ${join(folder, 'bootstrap')}: build the functions (cargo xtask package), or ` +
        `say with functionsDirectory where they are`,
    );
  }
  return folder;
}
