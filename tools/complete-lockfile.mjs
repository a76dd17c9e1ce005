/**
 * Run after every change of package-lock.json: node tools/complete-lockfile.mjs
 *
 * A registry may not serve the binaries of every platform (mirrors often keep only some). npm then leaves those optional
 * packages out of the lockfile, and `npm ci` refuses that very file: "Missing: @biomejs/cli-darwin-x64@ from lock file"
 * (tried, npm 11). This adds what is missing, with the exact version that its parent asks for and the platform that its name
 * says. An entry without integrity is fetched on its own platform only; whoever has a registry that serves it gets the
 * digest with the next `npm install` there.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'package-lock.json')
const systems = ['android', 'aix', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64']

const lock = JSON.parse(readFileSync(path, 'utf8'))
const added = []
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`
    if (lock.packages[place] !== undefined) continue
    lock.packages[place] = placeholder(name, version, entry)
    added.push(name)
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`)
console.log(added.length === 0 ? 'package-lock.json is complete' : `added ${added.length}: ${added.join(', ')}`)

function placeholder(name, version, parent) {
  const words = name.split('/').at(-1).split('-')
  const os = systems.find((system) => words.includes(system))
  const cpu = processors.find((processor) => words.includes(processor))
  if (!/^\d/.test(version) || os === undefined || cpu === undefined) {
    throw new Error(
      `${name}@${version} is missing and its name does not say for which platform it is; complete it by hand`,
    )
  }
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined
  return {
    version,
    cpu: [cpu],
    ...(parent.dev === true ? { dev: true } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    os: [os],
  }
}
