import { type aws_lambda as lambda, type aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type FunctionCodeProps, functionCode } from './function-code';
import { type PerFunction, checkFunctionNames, perFunction } from './names';
import type { Permission } from './permissions/grant';
import { type Network, SweepFunction } from './sweep-function';

/** What each function is for, as the console shows it. */
const DESCRIPTIONS: PerFunction<string> = {
  'list-repos': 'ecr-sweep: lists accounts, Regions and repositories',
  'scan-usage': 'ecr-sweep: reads what uses images, one account and Region at a time',
  'plan-repo': 'ecr-sweep: decides what of one repository is kept and what goes, and why',
  'delete-batch': 'ecr-sweep: deletes what is planned and still goes, if deletion is enabled',
  notify: 'ecr-sweep: judges a run, asks for approval, tells how it ended',
};

/**
 * MiB. A repository of 100,000 images takes plan-repo less than 256; more is processor time. list-repos
 * has clients for each account of an organization, some 100 KiB each, and notify reads the plans of a
 * run, 64 MiB of them at once.
 */
const MEMORY_SIZES: PerFunction<number> = {
  'list-repos': 1024,
  'scan-usage': 512,
  'plan-repo': 512,
  'delete-batch': 512,
  notify: 512,
};

/** What the five functions have in common, and what each has for itself. */
export interface FunctionsProps extends FunctionCodeProps {
  readonly deployment: string;
  readonly architecture: lambda.Architecture;
  readonly logRetention: logs.RetentionDays;
  readonly memorySizes: Record<string, number>;
  readonly environments: PerFunction<Record<string, string>>;
  readonly permissions: PerFunction<readonly Permission[]>;
  readonly reservedConcurrency: Record<string, number>;
  readonly network?: Network;
}

/** The five functions. */
export class Functions extends Construct {
  readonly byName: PerFunction<SweepFunction>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const { deployment, architecture, logRetention } = props;
    checkFunctionNames({ ...props.memorySizes, ...props.reservedConcurrency });
    this.byName = perFunction(
      (name) =>
        new SweepFunction(this, name, {
          deployment,
          name,
          code: functionCode(props, name),
          architecture,
          logRetention,
          description: DESCRIPTIONS[name],
          memorySize: props.memorySizes[name] ?? MEMORY_SIZES[name],
          environment: props.environments[name],
          permissions: props.permissions[name],
          reservedConcurrency: props.reservedConcurrency[name],
          network: props.network,
        }),
    );
  }
}
