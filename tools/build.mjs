/**
 * `npm run build`: makes dist/hyponema, the package that runs without type stripping (which Node refuses below
 * node_modules). The tree inside is the repository's, so that files find each other the same way in both. And dist/sdk,
 * which customers' backends install by itself.
 */

import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSdk } from './build-sdk.mjs'
import { buildWidget } from './build-widget.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const target = join(root, 'dist', 'hyponema')
const bundled = ['contract', 'policy']

const compiled = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/server', 'examples'],
  { cwd: root, stdio: 'inherit' },
)
if (compiled.status !== 0) process.exit(compiled.status ?? 1)
await buildWidget()

await rm(target, { recursive: true, force: true })
await mkdir(target, { recursive: true })
await copyCompiled('packages/server/dist', 'packages/server/dist')
await cp(
  join(root, 'packages/server/src/platform/postgres/migrations'),
  join(target, 'packages/server/dist/platform/postgres/migrations'),
  { recursive: true },
)
await cp(join(root, 'packages/widget/dist'), join(target, 'packages/widget/dist'), {
  recursive: true,
  filter: isShipped,
})
// The demo's desk, which runs beside the server, and its handbook.
for (const file of ['booking-desk.js', 'diary.js'])
  await cp(join(root, 'examples/dist/clinic', file), join(target, 'examples/clinic', file))
await cp(join(root, 'examples/clinic/handbook.md'), join(target, 'examples/clinic/handbook.md'))
// Ready policies, which a workspace starts from.
await cp(join(root, 'policies'), join(target, 'policies'), { recursive: true })
for (const name of bundled) {
  await copyCompiled(`packages/${name}/dist`, `node_modules/@hyponema/${name}/dist`)
  const manifest = await readManifest(`packages/${name}`)
  await writeManifest(`node_modules/@hyponema/${name}`, {
    name: manifest.name,
    version: manifest.version,
    license: manifest.license,
    type: 'module',
    exports: { '.': './dist/index.js' },
  })
}
await writeManifest('.', await packedManifest())
for (const file of ['LICENSE', 'README.md']) await cp(join(root, file), join(target, file))
console.log(`Built ${relative(root, target)}; pack it with: npm pack ./${relative(root, target)}`)
await buildSdk()

async function packedManifest() {
  const [workspace, server, ...others] = await Promise.all(
    ['.', 'packages/server', ...bundled.map((name) => `packages/${name}`)].map(readManifest),
  )
  const dependencies = Object.assign({}, server.dependencies, ...others.map((manifest) => manifest.dependencies))
  return {
    name: 'hyponema',
    version: server.version,
    description: workspace.description,
    license: workspace.license,
    type: 'module',
    bin: { hyponema: 'packages/server/dist/main.js' },
    engines: { node: '>=24' },
    dependencies: Object.fromEntries(Object.entries(dependencies).sort(([left], [right]) => (left < right ? -1 : 1))),
    optionalDependencies: server.optionalDependencies,
    bundleDependencies: bundled.map((name) => `@hyponema/${name}`),
  }
}

async function copyCompiled(from, to) {
  await cp(join(root, from), join(target, to), { recursive: true, filter: isShipped })
}

/** Neither tests, nor what only tests use, nor the compiler's notes. */
function isShipped(path) {
  return !/\.test\.|test-harness|\.d\.ts$|\.tsbuildinfo$/.test(relative(root, path))
}

async function readManifest(folder) {
  return JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'))
}

async function writeManifest(folder, manifest) {
  await mkdir(join(target, folder), { recursive: true })
  await writeFile(join(target, folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
}
