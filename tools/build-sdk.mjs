/** Makes dist/sdk, the package that customers' backends install: plain JavaScript with its types, and no dependency. */

import { spawnSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, 'packages', 'sdk')

/** Into `target`, which is emptied first. */
export async function buildSdk(target = join(root, 'dist', 'sdk')) {
  const compiled = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/sdk'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (compiled.status !== 0) throw new Error('packages/sdk does not compile')
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  await cp(join(source, 'dist'), target, { recursive: true, filter: isShipped })
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'))
  await writeFile(join(target, 'package.json'), `${JSON.stringify(packedManifest(manifest), undefined, 2)}\n`)
  await cp(join(source, 'README.md'), join(target, 'README.md'))
  await cp(join(root, 'LICENSE'), join(target, 'LICENSE'))
  console.log(`Built ${relative(root, target)}; pack it with: npm pack ./${relative(root, target)}`)
}

function packedManifest({ name, version, description, license, type, sideEffects, engines }) {
  const exports = { '.': { types: './index.d.ts', default: './index.js' } }
  return { name, version, description, license, type, sideEffects, exports, engines }
}

/** Neither tests, nor what only tests use, nor the compiler's notes. */
function isShipped(path) {
  return !/\.test\.|test-harness|\.tsbuildinfo$/.test(relative(source, path))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildSdk(process.argv[2])
