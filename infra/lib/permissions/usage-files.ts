import { Aws } from 'aws-cdk-lib';
import type { Permission } from './grant';

const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/;

/** What scan-usage may read of usage files that are not in the run store's bucket. */
export function usageFileAccess(addresses: readonly string[]): Permission[] {
  return addresses.flatMap((address) => {
    const [, bucket, path] = ADDRESS.exec(address) ?? [];
    if (!bucket || !path) {
      throw new Error(`usageFiles: '${address}' is no address such as s3://BUCKET/usage/*.json`);
    }
    const arn = `arn:${Aws.PARTITION}:s3:::${bucket}`;
    // Without a star or a slash at its end it is one object.
    const start = path.split('*')[0] ?? '';
    const objects = path.includes('*') || path.endsWith('/') ? `${start}*` : path;
    return [
      {
        actions: ['s3:GetObject'],
        resources: [`${arn}/${objects}`],
        because: 'Which files others write there is known only at run time; this call reads them.',
      },
      {
        actions: ['s3:ListBucket'],
        resources: [arn],
        conditions: { StringLike: { 's3:prefix': objects } },
      },
    ];
  });
}
