import { Annotations, Aws, Stack, aws_iam as iam, aws_s3 as s3 } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RESTORE_ROLE_NAME, functionName, stateMachineArn } from './names';
import { grant } from './permissions/grant';
import { type Part, policiesOf } from './permissions/people';
import { TOKENS } from './permissions/store';
import { type RolesProps, pathed } from './roles';

/** Who works with a deployment, and what with. */
export interface PeopleProps extends RolesProps {
  readonly deployment: string;
  readonly bucket: s3.IBucket;
  readonly vaultBucket?: s3.IBucket;
  /** The role of other accounts that reads. */
  readonly readRole: string;
  /** The roles and users that alone may read what a run is approved by. */
  readonly approvers?: string[];
}

const DESCRIPTIONS: Record<Part, string> = {
  reader: 'reads its runs',
  starter: 'starts runs and reads them; approves none',
  approver: 'approves runs and reads them; starts none',
  restorer: 'puts images back that a run has deleted, and reads runs',
  planner: 'reads what runs read: registries, and what uses their images',
  doctor: 'asks the doctor, with what the planner reads; changes nothing',
};

/** A managed policy for each thing that people do: to attach, or to name in a permission set. */
export class People extends Construct {
  constructor(scope: Construct, id: string, props: PeopleProps) {
    super(scope, id);
    const machineArn = stateMachineArn(Stack.of(this), props.deployment);
    for (const [part, permissions] of Object.entries(
      policiesOf({
        bucket: props.bucket,
        vaultBucket: props.vaultBucket,
        machineArn,
        readRole: props.readRole,
        restoreRole: pathed(RESTORE_ROLE_NAME, props),
      }),
    )) {
      const policy = new iam.ManagedPolicy(this, part, {
        managedPolicyName: `${props.deployment}-${part}`,
        description: `${props.deployment}: ${DESCRIPTIONS[part as Part]}`,
      });
      grant(policy, permissions);
    }
    if (props.approvers) {
      this.keepTokens(props, props.approvers);
    }
  }

  /** Lets nobody but approvers read the tokens; notify writes them. */
  private keepTokens(props: PeopleProps, approvers: string[]): void {
    const notify = pathed(functionName(props.deployment, 'notify'), props);
    const notifyArn = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${notify}`;
    const { statementAdded } = props.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'TokensAreForApprovers',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:GetObject', 's3:GetObjectVersion'],
        resources: [props.bucket.arnForObjects(TOKENS)],
        conditions: { ArnNotLike: { 'aws:PrincipalArn': [...approvers, notifyArn] } },
      }),
    );
    if (!statementAdded) {
      Annotations.of(this).addWarningV2(
        'ecr-sweep:tokens',
        `The bucket of the run store is yours, and so is its policy: deny s3:GetObject on ${TOKENS} ` +
          'there to all but the approvers and the role of notify.',
      );
    }
  }
}
