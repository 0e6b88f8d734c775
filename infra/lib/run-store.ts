import {
  Aws,
  Duration,
  Fn,
  RemovalPolicy,
  Stack,
  Validations,
  aws_iam as iam,
  aws_kms as kms,
  aws_s3 as s3,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';

/** How the run store is kept. */
export interface RunStoreProps {
  /** The name of the deployment, with which the bucket's name starts. */
  readonly deployment: string;
  /** How long the documents of a run are kept. */
  readonly runRetention: Duration;
  /** How long replaced or expired documents can be brought back. */
  readonly noncurrentRetention: Duration;
  /** A key of the organization's own, instead of S3's encryption. */
  readonly encryptionKey?: kms.IKey;
  /** Where S3 logs accesses. */
  readonly accessLogsBucket?: s3.IBucket;
  /** A bucket that there is, which is kept as its owner keeps it. */
  readonly bucket?: s3.IBucket;
}

/**
 * The bucket of all runs: plans, receipts, and the manifests of what was deleted. It outlives the
 * stack.
 */
export class RunStore extends Construct {
  readonly bucket: s3.IBucket;

  constructor(scope: Construct, id: string, props: RunStoreProps) {
    super(scope, id);
    this.bucket = props.bucket ?? this.made(props);
  }

  private made(props: RunStoreProps): s3.Bucket {
    const { encryptionKey, accessLogsBucket } = props;
    const bucket = new s3.Bucket(this, 'Bucket', {
      bucketName: bucketName(Stack.of(this), props.deployment),
      versioned: true,
      encryption: encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
      encryptionKey,
      bucketKeyEnabled: encryptionKey ? true : undefined,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        // `cache/` never expires: a manifest that is read again counts as a pull, and the record of
        // our own pulls is there.
        { id: 'old-runs', prefix: 'sweeps/', expiration: props.runRetention },
        {
          id: 'replaced-documents',
          noncurrentVersionExpiration: props.noncurrentRetention,
          expiredObjectDeleteMarker: true,
          abortIncompleteMultipartUploadAfter: Duration.days(7),
        },
      ],
    });
    if (accessLogsBucket) {
      logAccesses(bucket, accessLogsBucket, props.deployment);
    } else {
      Validations.of(bucket).acknowledge({
        id: 'AwsSolutions-S1',
        reason:
          'A bucket for access logs is the organization’s choice: accessLogsBucket names one. Every ' +
          'version of every document is kept, and data events of CloudTrail say who wrote it.',
      });
    }
    return bucket;
  }
}

function bucketName(stack: Stack, deployment: string): string {
  return Fn.join('-', [deployment, stack.account, stack.region]);
}

/**
 * Has S3 log accesses, which a bucket of the same app lets it. `serverAccessLogsBucket` would do that
 * by an ACL or by a policy, as a feature flag of the app says; buckets of today have no ACLs.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 */
function logAccesses(bucket: s3.Bucket, logs: s3.IBucket, deployment: string): void {
  const stack = Stack.of(bucket);
  const prefix = `${deployment}/`;
  (bucket.node.defaultChild as s3.CfnBucket).loggingConfiguration = {
    destinationBucketName: logs.bucketName,
    logFilePrefix: prefix,
  };
  const name = bucketName(stack, deployment);
  logs.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [logs.arnForObjects(`${prefix}*`)],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:s3:::${name}` },
      },
    }),
  );
}
