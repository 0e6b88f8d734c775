import {
  aws_ec2 as ec2,
  aws_kms as kms,
  aws_s3 as s3,
  aws_sns as sns,
  type Stack,
} from 'aws-cdk-lib';
import type { Configuration } from './configuration/configuration';
import type { EcrSweepProps } from './ecr-sweep-props';
import type { Network } from './sweep-function';

/** Where the functions are to run. */
export interface VpcConfiguration {
  readonly vpcId: string;
  readonly subnetIds: string[];
  readonly securityGroupIds: string[];
}

/** What the organization has already, and its configuration names. */
export function existing(stack: Stack, configuration: Configuration): EcrSweepProps {
  const { bucket, encryptionKeyArn, topicArn, topicKeyArn, accessLogsBucket, vpc } = configuration;
  const { vaultBucket, vaultKeyArn } = configuration;
  const key = (id: string, arn?: string) => (arn ? kms.Key.fromKeyArn(stack, id, arn) : undefined);
  const encryptionKey = key('EncryptionKey', encryptionKeyArn);
  return {
    encryptionKey,
    bucket: bucket
      ? s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: bucket, encryptionKey })
      : undefined,
    vaultBucket: vaultBucket
      ? s3.Bucket.fromBucketAttributes(stack, 'Vault', {
          bucketName: vaultBucket,
          encryptionKey: key('VaultKey', vaultKeyArn),
        })
      : undefined,
    accessLogsBucket: accessLogsBucket
      ? s3.Bucket.fromBucketName(stack, 'AccessLogs', accessLogsBucket)
      : undefined,
    topic: topicArn ? sns.Topic.fromTopicArn(stack, 'Topic', topicArn) : undefined,
    topicKey: key('TopicKey', topicKeyArn),
    network: vpc ? network(stack, vpc) : undefined,
  };
}

function network(stack: Stack, { vpcId, subnetIds, securityGroupIds }: VpcConfiguration): Network {
  return {
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId,
      // As many as there are subnets: nothing of them comes into the template.
      availabilityZones: subnetIds.map((id) => `zone-of-${id}`),
      privateSubnetIds: subnetIds,
    }),
    securityGroups: securityGroupIds.map((id) =>
      // Its rules are its owner's.
      ec2.SecurityGroup.fromSecurityGroupId(stack, id, id, { mutable: false }),
    ),
  };
}
