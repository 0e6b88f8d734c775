// Makes the npm package of the construct: what `lib/index.ts` exports, compiled by jsii, with copies of
// the state machine's definition and of the functions. `npm run pack -- FOLDER FUNCTIONS`.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { FUNCTION_NAMES } from '../lib/names';

const INFRA = join(__dirname, '..');
const ROOT = join(INFRA, '..');
const { version, license, engines, dependencies } = JSON.parse(
  readFileSync(join(INFRA, 'package.json'), 'utf8'),
);

/** What the app alone is made of. */
const APP =
  /\/lib\/(app|app-options|existing|ecr-sweep-stack|plain-stack)\.ts$|\/lib\/configuration$/;

/** What an app has once, and the construct is compiled against. */
const pinned = { 'aws-cdk-lib': dependencies['aws-cdk-lib'], constructs: dependencies.constructs };

/** What npm, and jsii for other languages, have to know. */
const MANIFEST = {
  name: 'ecr-sweep-construct',
  version,
  description: 'The AWS CDK construct that deploys ecr-sweep',
  license,
  author: { name: 'The ecr-sweep authors', organization: true },
  repository: { type: 'git', url: 'https://github.com/ecr-sweep/ecr-sweep.git' },
  keywords: ['aws', 'cdk', 'ecr', 'cleanup', 'container-images'],
  engines,
  main: 'lib/index.js',
  types: 'lib/index.d.ts',
  stability: 'experimental',
  files: ['lib/**/*.js', 'lib/**/*.d.ts', 'lib/**/*.json', 'assets', '.jsii'],
  peerDependencies: Object.fromEntries(
    Object.entries(pinned).map(([name, oldest]) => [name, `^${oldest}`]),
  ),
  // It is no jsii module, and so has to come along.
  dependencies: { yaml: dependencies.yaml },
  bundledDependencies: ['yaml'],
  devDependencies: pinned,
  jsii: { outdir: 'dist', targets: {}, versionFormat: 'full', excludeTypescript: ['node_modules'] },
};

/** Lays out the package in a folder, compiles it, and packs it. Gives the archive. */
export function pack(folder: string, functions: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'assets/functions'), { recursive: true });
  cpSync(join(INFRA, 'lib'), join(folder, 'lib'), {
    recursive: true,
    filter: (path) => !APP.test(path),
  });
  const definition = join(ROOT, 'statemachine/sweep.asl.json');
  cpSync(definition, join(folder, 'assets/sweep.asl.json'));
  for (const name of FUNCTION_NAMES) {
    const [archive, built] = [join(functions, `${name}.zip`), join(functions, name)];
    const from = existsSync(archive) ? archive : built;
    const to = existsSync(archive) ? `${name}.zip` : name;
    cpSync(from, join(folder, 'assets/functions', to), { recursive: true });
  }
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) {
    cpSync(join(ROOT, name), join(folder, name));
  }
  const manifest = (over: object) =>
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...MANIFEST, ...over }, null, 2));
  // jsii knows single licences only.
  manifest({ license: 'Apache-2.0' });
  writeFileSync(join(folder, 'README.md'), readme());
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of ['aws-cdk-lib', 'constructs', '@types']) {
    symlinkSync(join(INFRA, 'node_modules', name), join(modules, name));
  }
  cpSync(join(INFRA, 'node_modules/yaml'), join(modules, 'yaml'), { recursive: true });
  run(folder, join(INFRA, 'node_modules/.bin/jsii'), '--silence-warnings=reserved-word');
  manifest({});
  return join(folder, run(folder, 'npm', 'pack', '--silent', '--ignore-scripts').trim());
}

/** The part of the README about an app of one's own. */
function readme(): string {
  const text = readFileSync(join(INFRA, 'README.md'), 'utf8');
  const [, after = ''] = text.split('## In your own app\n');
  return `# ecr-sweep\n${after.split('\n## ')[0]}`;
}

function run(folder: string, program: string, ...args: string[]): string {
  return execFileSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' },
  });
}

if (require.main === module) {
  const [folder = 'target/npm', functions = 'target/package-archives'] = process.argv.slice(2);
  console.log(pack(resolve(ROOT, folder), resolve(ROOT, functions)));
}
