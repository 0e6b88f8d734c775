import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, aws_s3 as s3 } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CURRENT_VERSION_EXPIRED_FLAGS, FLAGS } from 'aws-cdk-lib/cx-api';
import { EcrSweepStack } from '../lib/ecr-sweep-stack';
import { FUNCTIONS_DIRECTORY } from './synthesized';

const every = Object.entries(FLAGS)
  .filter(([name]) => !CURRENT_VERSION_EXPIRED_FLAGS.includes(name))
  .map(([name, { recommendedValue }]) => [name, recommendedValue] as const);

/** The template of an app with these flags, which has a bucket for access logs of its own. */
function templateWith(flags: Readonly<Record<string, unknown>>): Template {
  const app = new App({ context: flags });
  const stack = new EcrSweepStack(app, 'EcrSweep', (own) => ({
    functionsDirectory: FUNCTIONS_DIRECTORY,
    deletion: true,
    approval: true,
    rolePath: '/platform/',
    permissionsBoundary: 'platform/Boundary',
    accessLogsBucket: new s3.Bucket(own, 'AccessLogs'),
  }));
  return Template.fromStack(stack);
}

/**
 * A template with each statement taken apart, one action on one resource at a time: with
 * `minimizePolicies` statements are merged. The ids of versions, too, hold which flags there are.
 */
function inWhatMatters(from: Template): Record<string, unknown> {
  const text = JSON.stringify(from.toJSON().Resources);
  const resources = JSON.parse(text.replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1'));
  for (const { Properties } of Object.values<any>(resources)) {
    for (const key of ['PolicyDocument', 'KeyPolicy', 'AssumeRolePolicyDocument']) {
      const statements = Properties?.[key]?.Statement;
      if (statements) {
        Properties[key].Statement = [...new Set(statements.flatMap(apart))].sort();
      }
    }
  }
  return resources;
}

function apart({ Action, Resource, ...others }: Record<string, unknown>): string[] {
  return [Action]
    .flat()
    .flatMap((action) =>
      [Resource].flat().map((resource) => JSON.stringify([action, resource, others])),
    );
}

test('the feature flags of an app change nothing that matters', () => {
  assert.ok(every.length > 80);
  assert.deepEqual(
    inWhatMatters(templateWith(Object.fromEntries(every))),
    inWhatMatters(templateWith({})),
  );
});

test('accesses are logged to a bucket of the same app, which lets S3 write there', () => {
  const { Resources } = templateWith({}).toJSON();
  const text = JSON.stringify(Resources);
  assert.doesNotMatch(text, /LogDeliveryWrite/);
  assert.match(text, /"LoggingConfiguration":\{"DestinationBucketName":\{"Ref":"AccessLogs/);
  assert.match(text, /"Principal":\{"Service":"logging.s3.amazonaws.com"\}/);
});
