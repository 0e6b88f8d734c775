import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { ArtifactMetadataEntryType } from 'aws-cdk-lib/cloud-assembly-schema';
import { Template } from 'aws-cdk-lib/assertions';
import { EcrSweepStack } from '../lib/ecr-sweep-stack';
import type { EcrSweepProps } from '../lib/ecr-sweep-props';

/** Stands for the built functions. */
export const FUNCTIONS_DIRECTORY = join(__dirname, 'functions');

/** A stack with these options, in an account that nothing is known about. */
export function stack(options: EcrSweepProps = {}): EcrSweepStack {
  return new EcrSweepStack(new App(), 'EcrSweep', {
    functionsDirectory: FUNCTIONS_DIRECTORY,
    ...options,
  });
}

/** What a synthesis of the stack would warn of. */
export function warnings(of: EcrSweepStack): string[] {
  return of.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === ArtifactMetadataEntryType.WARN)
    .map(({ data }) => String(data));
}

let byDefault: Template | undefined;

/** The template of a stack with these options, or of one without any. */
export function template(options?: EcrSweepProps): Template {
  if (options) {
    return Template.fromStack(stack(options));
  }
  return (byDefault ??= Template.fromStack(stack()));
}

/** One resource of a template: there is exactly one that fits. */
export function only(
  from: Template,
  type: string,
  properties: Record<string, unknown> = {},
): Record<string, any> {
  const found = Object.values(from.findResources(type, { Properties: properties }));
  if (found.length !== 1 || !found[0]) {
    throw new Error(`${found.length} resources of type ${type} fit, not one`);
  }
  return found[0];
}
