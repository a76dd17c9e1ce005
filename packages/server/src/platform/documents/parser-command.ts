import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DocumentLimits } from './document-limits.ts'

/** Where code may be read: our readers, the packages of this installation, and the manifests that say that we are modules. */
function readablePlaces(): readonly string[] {
  const packages = ['unpdf', 'mammoth', 'parse5', 'micromark', 'yauzl', 'saxes'].map((name) => {
    const path = fileURLToPath(import.meta.resolve(name))
    return path.slice(0, path.lastIndexOf('node_modules') + 'node_modules'.length)
  })
  const here = fileURLToPath(new URL('.', import.meta.url))
  return [here, ...new Set([...packages, ...foldersOfPackages(here)]), ...manifestsAbove(here)]
}

/** Where Node looks for a package before it follows a link to where the package lies. */
function foldersOfPackages(folder: string): readonly string[] {
  const above = dirname(folder)
  const own = join(folder, 'node_modules')
  return [...(existsSync(own) ? [own] : []), ...(above === folder ? [] : foldersOfPackages(above))]
}

function manifestsAbove(folder: string): readonly string[] {
  const above = dirname(folder)
  return [join(folder, 'package.json'), ...(above === folder ? [] : manifestsAbove(above))]
}

/** Counted by the kernel over all that a process may write to; Node alone reserves 600 MB of it. A backstop between two looks. */
const dataKb = 2 * 1024 * 1024
/** Between the signal that says that the time is up and the one that nobody survives. */
const cpuGraceSeconds = 5

/**
 * The program that reads documents and its arguments: Node without the rights to write, to start processes or threads, to load
 * native code or to make code from text; under a shell that first lets the kernel bound it, where there is such a shell.
 */
export function parserCommand(options: {
  script: URL
  args: readonly string[]
  limits: Pick<DocumentLimits, 'heapMb' | 'cpuSeconds'>
}): { readonly file: string; readonly args: readonly string[] } {
  const { script, limits } = options
  const node = [
    '--permission',
    ...readablePlaces().map((path) => `--allow-fs-read=${path}`),
    '--disallow-code-generation-from-strings',
    `--max-old-space-size=${limits.heapMb}`,
    '--max-semi-space-size=16',
    '--no-warnings',
    fileURLToPath(script),
    ...options.args,
  ]
  if (process.platform === 'win32') return { file: process.execPath, args: node }
  const bounds = [
    'ulimit -c 0',
    `ulimit -H -t ${limits.cpuSeconds + cpuGraceSeconds}`,
    `ulimit -S -t ${limits.cpuSeconds}`,
    // macOS knows this bound and does not keep it.
    `ulimit -d ${dataKb} || :`,
    'ulimit -f 0',
  ].map((bound) => `${bound} 2>/dev/null`)
  // A shell adds variables of its own.
  return {
    file: '/bin/sh',
    args: ['-c', `${bounds.join('; ')}; exec /usr/bin/env -i "$0" "$@"`, process.execPath, ...node],
  }
}
