/** The package has no types of its own. */
declare module 'asl-validator' {
  export default function validate(
    definition: unknown,
    options: { checkPaths: boolean; checkArn: boolean },
  ): { isValid: boolean; errorsText(separator: string): string };
}
