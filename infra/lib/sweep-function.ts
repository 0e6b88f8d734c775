import {
  Duration,
  RemovalPolicy,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type FunctionName, functionName } from './names';
import { type Permission, grant } from './permissions/grant';

/** Where functions run: they have to reach the APIs of AWS from there. */
export interface Network {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
const INTERFACES: Permission = {
  actions: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  resources: ['*'],
  because: 'Lambda makes the network interfaces of functions in a VPC, under ids of its own.',
};

/** How one function is deployed. */
export interface SweepFunctionProps {
  readonly deployment: string;
  readonly name: FunctionName;
  readonly description: string;
  readonly code: lambda.Code;
  readonly architecture: lambda.Architecture;
  /** MiB. */
  readonly memorySize: number;
  readonly logRetention: logs.RetentionDays;
  readonly environment: Record<string, string>;
  readonly permissions: readonly Permission[];
  /** How many of it run at once at most, of the account's, which others cannot use then. */
  readonly reservedConcurrency?: number;
  /** Where it runs, if not in a network of Lambda's. */
  readonly network?: Network;
}

/** One of the five functions, with its own role and its own log group. */
export class SweepFunction extends Construct {
  readonly handler: lambda.Function;
  readonly role: iam.Role;
  readonly logGroup: logs.LogGroup;
  /**
   * What is deployed now, and does not change any more: a run that is under way goes on with what
   * it began with.
   */
  readonly version: lambda.Version;

  constructor(scope: Construct, id: string, props: SweepFunctionProps) {
    super(scope, id);
    const name = functionName(props.deployment, props.name);
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${name}`,
      retention: props.logRetention,
      // What has to be kept is in the run store. A log group that stayed would be in the way of the
      // next deployment.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new iam.Role(this, 'Role', {
      roleName: name,
      description: props.description,
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    grant(this.role, [
      // The ARN of a log group ends with `:*`: these are its streams.
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [this.logGroup.logGroupArn],
      },
      ...props.permissions,
      ...(props.network ? [INTERFACES] : []),
    ]);
    this.handler = new lambda.Function(this, 'Function', {
      functionName: name,
      description: props.description,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      architecture: props.architecture,
      handler: 'bootstrap',
      code: props.code,
      role: this.role,
      logGroup: this.logGroup,
      memorySize: props.memorySize,
      // The most that Lambda has: a function stops by itself before, and hands back a cursor.
      timeout: Duration.minutes(15),
      environment: props.environment,
      reservedConcurrentExecutions: props.reservedConcurrency,
      ...props.network,
      currentVersionOptions: {
        description: 'Retained for the runs that began with it',
        removalPolicy: RemovalPolicy.RETAIN,
      },
    });
    this.version = this.handler.currentVersion;
  }
}
