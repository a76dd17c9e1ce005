/** Tries what the process that reads documents must not be able to do, and says on stdout what it could. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

const attempts: Readonly<Record<string, () => unknown>> = {
  environment: () => {
    // oxlint-disable-next-line no-process-env -- that it is empty is what is asked
    if (Object.keys(process.env).length === 0) throw new Error('empty')
  },
  'read a file': () => readFileSync('/etc/passwd'),
  'read a setting': () => readFileSync('/proc/self/environ'),
  'write a file': () => writeFileSync('/tmp/probe-of-a-reader', 'x'),
  'start a process': () => {
    const { error } = spawnSync('/bin/true')
    if (error !== undefined) throw error
  },
  'start a thread': () => new Worker(new URL(import.meta.url)),
  'load native code': () => process.dlopen({ exports: {} }, '/lib/x.node'),
  'make code from text': () => {
    // oxlint-disable-next-line no-eval -- that it fails is what is asked
    eval('1')
  },
}

for (const [name, attempt] of Object.entries(attempts)) {
  try {
    attempt()
    process.stdout.write(`${name}\n`)
  } catch {
    // As it should be.
  }
}
process.stdout.write('probed\n')
