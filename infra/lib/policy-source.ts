import { Token } from 'aws-cdk-lib';

/** What the policy is called in the run store where nothing else is said. */
const POLICY = 'policy.yaml';

/** Where the policy of a deployment is. */
export class PolicySource {
  /** A local file, which is checked, and deployed with the stack. */
  public static fromAsset(file: string): PolicySource {
    return new PolicySource(POLICY, file);
  }

  /**
   * An object in the run store's bucket, where somebody puts it: where no function can write it, and
   * it stays.
   *
   * @param key its key in the bucket; `policy.yaml` without it
   */
  public static fromRunStore(key: string = POLICY): PolicySource {
    if (!Token.isUnresolved(key) && /^(sweeps\/|cache\/|lock\.json$|\/|$)/.test(key)) {
      throw new Error(
        `the policy's key cannot be '${key}': the functions write there, and sweeps/ expires`,
      );
    }
    return new PolicySource(key);
  }

  private constructor(
    /** Its key in the run store's bucket, for a file where nothing of the stack is an asset. */
    public readonly key: string,
    /** The local file, if it is one. */
    public readonly file?: string,
  ) {}
}
