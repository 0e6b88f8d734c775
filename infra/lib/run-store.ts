import {
  Duration,
  Fn,
  RemovalPolicy,
  Stack,
  Validations,
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
    const stack = Stack.of(this);
    const { encryptionKey, accessLogsBucket } = props;
    const bucket = new s3.Bucket(this, 'Bucket', {
      bucketName: Fn.join('-', [props.deployment, stack.account, stack.region]),
      versioned: true,
      encryption: encryptionKey ? s3.BucketEncryption.KMS : s3.BucketEncryption.S3_MANAGED,
      encryptionKey,
      bucketKeyEnabled: encryptionKey ? true : undefined,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: accessLogsBucket,
      serverAccessLogsPrefix: accessLogsBucket ? `${props.deployment}/` : undefined,
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
    if (!accessLogsBucket) {
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
