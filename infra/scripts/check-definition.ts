// Checks the definition of the state machine with values for its placeholders.

import validate from 'asl-validator';
import { type Substitutions, definition } from '../lib/definition';

const lambda = 'arn:aws:lambda:eu-west-1:111122223333:function:ecr-sweep';
const values: Substitutions = {
  Partition: 'aws',
  ListReposArn: `${lambda}-list-repos`,
  ScanUsageArn: `${lambda}-scan-usage`,
  PlanRepoArn: `${lambda}-plan-repo`,
  DeleteBatchArn: `${lambda}-delete-batch`,
  NotifyArn: `${lambda}-notify`,
  BucketName: 'ecr-sweep-111122223333-eu-west-1',
  ApprovalTimeoutSeconds: '86400',
};

const text = definition().replace(
  /\$\{(\w+)\}/g,
  (placeholder, name: keyof Substitutions) => values[name] ?? placeholder,
);
const result = validate(JSON.parse(text), { checkPaths: true, checkArn: true });
if (!result.isValid) {
  console.error(`statemachine/sweep.asl.json is not valid:\n${result.errorsText('\n')}`);
  process.exitCode = 1;
} else {
  console.log('statemachine/sweep.asl.json is valid');
}
