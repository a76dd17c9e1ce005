/**
 * `npm run check`: everything that must be green before a commit, one line a step, a failing step's output in full.
 *   node tools/check.mjs            all steps
 *   node tools/check.mjs --fast     without the tests (the architecture walls are still held)
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const fast = process.argv.includes('--fast')
const node = nodeBinary()

/** Cheap steps that do not disturb each other; two run at a time, because that is what a small CI machine has. */
const stillSteps = [
  { name: 'types', bin: 'typescript/bin/tsc', args: ['-b', '--pretty', 'false'] },
  { name: 'lint', bin: 'oxlint/bin/oxlint', args: ['--deny-warnings'] },
  { name: 'architecture', bin: 'vitest/vitest.mjs', args: ['run', 'test/architecture'] },
  { name: 'dead code', bin: 'knip/bin/knip.js', args: ['--no-progress'] },
  { name: 'format', bin: '@biomejs/biome/bin/biome', args: ['check', '--error-on-warnings'] },
]
/** Has the machine for itself: suites with deadlines must not share it with a compiler. */
const tests = { name: 'tests', bin: 'vitest/vitest.mjs', args: ['run', '--exclude', 'test/architecture/**'] }

const outcomes = await twoAtATime(stillSteps)
if (!fast) outcomes.push(await run(tests))

const failed = outcomes.filter((outcome) => !outcome.passed).map((outcome) => outcome.name)
console.log(failed.length === 0 ? `check: all ${outcomes.length} steps passed` : `check: failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1

async function twoAtATime(steps) {
  const waiting = [...steps]
  const done = []
  const lane = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) done.push(await run(step))
  }
  await Promise.all([lane(), lane()])
  return done
}

function run(step) {
  const startedMs = performance.now()
  const bin = join(root, 'node_modules', step.bin)
  const child = spawn(node, [bin, ...step.args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`, NO_COLOR: '1' },
  })
  const chunks = []
  child.stdout.on('data', (chunk) => chunks.push(chunk))
  child.stderr.on('data', (chunk) => chunks.push(chunk))
  return new Promise((resolve) => {
    const finish = (passed, output) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
      console.log(
        `${passed ? 'ok  ' : 'FAIL'}  ${step.name.padEnd(14)} ${seconds.padStart(6)} s${summary(step, output)}`,
      )
      if (!passed) console.log(output.trimEnd())
      resolve({ name: step.name, passed })
    }
    child.on('error', (error) => finish(false, String(error)))
    child.on('close', (code, signal) => {
      const output = Buffer.concat(chunks).toString('utf8')
      finish(code === 0, signal === null ? output : `${output}\nended by ${signal}`)
    })
  })
}

/** What vitest counted, so that "passed" cannot mean that nothing ran. */
function summary(step, output) {
  if (!step.bin.startsWith('vitest/')) return ''
  const counted = /^\s*Tests\s+(.+)$/m.exec(output)?.[1]
  return counted === undefined ? '   no tests counted' : `   ${counted.trim()}`
}

function nodeBinary() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  const own = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(own)) return own
  console.error(`check: expected Node 24, found ${process.version}; run "npm test" once, it installs the right one`)
  process.exit(1)
}
