import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { App, Validations, aws_iam as iam, Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addStacks } from '../lib/app';
import { FUNCTIONS_DIRECTORY } from './synthesized';

/** What cdk-nag finds in an app, as `finding: construct`. */
function findings(app: App): string[] {
  const { violations } = new AwsSolutionsChecks(app).validateScope(app);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName}: ${constructPath}`),
  );
}

function appWith(context: Record<string, string | undefined>): App {
  const app = new App({ context: { functionsDirectory: FUNCTIONS_DIRECTORY, ...context } });
  addStacks(app);
  return app;
}

test('cdk-nag finds nothing that is not explained', () => {
  for (const context of [
    {},
    {
      deletion: 'true',
      approval: 'true',
      rolePath: '/platform/',
      permissionsBoundary: 'platform/Boundary',
      vpc: '{ vpcId: vpc-1, subnetIds: [subnet-1, subnet-2], securityGroupIds: [sg-1] }',
      bucket: 'runs-of-ours',
      topicArn: 'arn:aws:sns:eu-west-1:111122223333:ours',
      usageFiles: 's3://ours/usage/*.json',
    },
    {
      notices:
        '[{ kind: webhook, secret: a, key: "arn:aws:kms:eu-west-1:111122223333:key/b" }, { kind: slack-token, secret: b }]',
    },
    { doctors: 'arn:aws:iam::111122223333:role/Platform' },
    { deletion: 'true', members: '{ units: [r-abcd], registryAccounts: ["444455556666"] }' },
    {
      schedule: 'off',
      deletion: 'true',
      pullTimeExclusion: 'true',
      policy: join(__dirname, '../../examples/policy.yaml'),
    },
  ]) {
    assert.deepEqual(findings(appWith(context)), [], JSON.stringify(context));
  }
});

test('cdk-nag as a plugin lets the app pass', () => {
  const app = appWith({ deletion: 'true' });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  assert.doesNotThrow(() => app.synth());
});

test('cdk-nag finds what is not explained', () => {
  const app = new App();
  const role = new iam.Role(new Stack(app, 'Stack'), 'Role', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
  });
  role.addToPolicy(new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] }));
  assert.equal(findings(app).length, 2);
});
