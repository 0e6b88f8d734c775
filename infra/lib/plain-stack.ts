import {
  CfnParameter,
  CfnResource,
  LegacyStackSynthesizer,
  type Stack,
  aws_s3 as s3,
} from 'aws-cdk-lib';
import {
  ASSET_RESOURCE_METADATA_ENABLED_CONTEXT,
  PATH_METADATA_ENABLE_CONTEXT,
} from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import type { EcrSweepProps } from './ecr-sweep-props';
import { EcrSweepStack } from './ecr-sweep-stack';
import { addNoticeParameters } from './notice-parameters';

/**
 * `EcrSweep` as a template that is all it takes, beside the functions' archives in a bucket that is a
 * parameter: `aws cloudformation deploy` makes it in an account that is not bootstrapped. Where notices go
 * is a parameter, too, unless the configuration says it.
 */
export class PlainEcrSweepStack extends EcrSweepStack {
  constructor(scope: Construct, id: string, sweep: (stack: Stack) => EcrSweepProps) {
    let saysNotices = false;
    const withCode = (stack: Stack) => {
      stack.node.setContext(PATH_METADATA_ENABLE_CONTEXT, false);
      stack.node.setContext(ASSET_RESOURCE_METADATA_ENABLED_CONTEXT, false);
      const props = sweep(stack);
      saysNotices = Boolean(props.notices?.length);
      return { ...props, ...code(stack) };
    };
    super(scope, id, withCode, { synthesizer: new LegacyStackSynthesizer() });
    if (!saysNotices) {
      addNoticeParameters(this, this.sweep);
    }
    // What else the CDK notes for itself: that versions are not moved about.
    for (const resource of this.node.findAll().filter(CfnResource.isCfnResource)) {
      resource.cfnOptions.metadata = undefined;
    }
  }
}

function code(stack: Stack): EcrSweepProps {
  const { valueAsString: bucketName } = new CfnParameter(stack, 'CodeBucket', {
    description: 'The bucket in this Region that the archives of the functions are in',
    allowedPattern: '[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]',
  });
  const { valueAsString: codePrefix } = new CfnParameter(stack, 'CodePrefix', {
    description: 'What their keys start with, such as ecr-sweep/',
    default: '',
  });
  return { codeBucket: s3.Bucket.fromBucketName(stack, 'Code', bucketName), codePrefix };
}
