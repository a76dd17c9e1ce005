/** A server that reads a document which takes long, and then is killed. */
import { documentLimits } from '../document-limits.ts'
import { runParser } from '../run-parser.ts'

process.stdout.write('started\n')
await runParser({
  type: 'markdown',
  bytes: Buffer.from('*a _a '.repeat(300_000)),
  limits: { ...documentLimits, cpuSeconds: 4 },
  signal: new AbortController().signal,
  onProgress: () => undefined,
})
