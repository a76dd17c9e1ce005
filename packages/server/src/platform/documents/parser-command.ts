import { fileURLToPath } from 'node:url'
import type { DocumentLimits } from './document-limits.ts'

const isSource = import.meta.url.endsWith('.ts')

/** Where code may be read: our readers, the packages of this installation, and the manifest that says that we are modules. */
function readablePlaces(): readonly string[] {
  const packages = new Set(
    ['unpdf', 'mammoth', 'parse5', 'yauzl'].map((name) => {
      const path = fileURLToPath(import.meta.resolve(name))
      return path.slice(0, path.lastIndexOf('node_modules') + 'node_modules'.length)
    }),
  )
  const here = fileURLToPath(new URL('.', import.meta.url))
  const manifests = ['../../../package.json', '../../package.json', '../package.json', 'package.json']
  return [here, ...packages, ...manifests.map((path) => fileURLToPath(new URL(path, import.meta.url)))]
}

/** Counted by the kernel over all that a process may write to; Node alone reserves 600 MB of it. A backstop between two looks. */
const dataKb = 2 * 1024 * 1024
/** Between the signal that says that the time is up and the one that nobody survives. */
const cpuGraceSeconds = 5

/**
 * The program that reads documents and its arguments: Node without the rights to write, to start processes or threads, to load
 * native code or to make code from text; under a shell that first lets the kernel bound it, where there is such a shell.
 * @param script seen from this file without its ending
 */
export function parserCommand(options: {
  script: string
  args: readonly string[]
  limits: Pick<DocumentLimits, 'heapMb' | 'cpuSeconds'>
}): { readonly file: string; readonly args: readonly string[] } {
  const { script, limits } = options
  const node = [
    '--permission',
    ...readablePlaces().map((path) => `--allow-fs-read=${path}`),
    '--disallow-code-generation-from-strings',
    '--disable-proto=throw',
    `--max-old-space-size=${limits.heapMb}`,
    '--max-semi-space-size=16',
    '--no-warnings',
    fileURLToPath(new URL(`${script}${isSource ? '.ts' : '.js'}`, import.meta.url)),
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
  return { file: '/bin/sh', args: ['-c', `${bounds.join('; ')}; exec "$0" "$@"`, process.execPath, ...node] }
}
