import { checkPolicy, parsePolicy } from '../features/policies/public.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { readNamedFile } from './read-named-file.ts'

/** `hyponema policy check FILE`: needs no database. Prints file:line:column of whatever is wrong; then it exits with 1. */
export async function policyCheck(args: readonly string[]): Promise<void> {
  const [file, ...rest] = args
  if (file === undefined || rest.length > 0) throw new StartupRefusal(`Write: ${ownCommand('policy check')} FILE.`)
  const text = await readNamedFile(file)
  const parsed = parsePolicy(text)
  if (!parsed.ok) throw new StartupRefusal(parsed.diagnostics.map((one) => lineOf(file, one)).join('\n'))
  const checked = await checkPolicy(parsed.document, { name: 'checked', above: [], placeOf: parsed.placeOf })
  const lines = checked.diagnostics.map((one) => `${lineOf(file, one)} [${one.severity}]`)
  const failures = checked.tests.failures.map(({ pointer, expected, found }) =>
    lineOf(file, {
      pointer,
      ...parsed.placeOf(pointer),
      message: `expected ${expected}, found ${found}`,
      fix: 'change the case or the rule',
    }),
  )
  const said = [...lines, ...failures, ...checked.zones.map(zoneLine)]
  const passed = checked.tests.run - checked.tests.failures.length
  const summary = `${file}: ${passed} of ${checked.tests.run} tests pass, ${checked.diagnostics.length} findings.`
  if (!checked.ok) throw new StartupRefusal([...said, summary].join('\n'))
  process.stdout.write(`${[...said, summary].join('\n')}\n`)
}

/** How well examples do, each left out once. */
function zoneLine(zone: Awaited<ReturnType<typeof checkPolicy>>['zones'][number]): string {
  const share = (part: number): string => `${Math.round(part * 1000) / 10} %`
  const { rule_id: rule, examples, detection, false_alarms: alarms, threshold, hints } = zone
  const found = `${share(detection)} of ${examples} examples found, ${share(alarms)} false alarms at ${threshold}`
  return [`${rule}: ${found}`, ...hints].join('; ')
}

type Found = {
  readonly pointer: string
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly message: string
  readonly fix: string
}

function lineOf(file: string, { pointer, line, column, message, fix }: Found): string {
  const place = line === undefined ? '1:1' : `${line}:${column ?? 1}`
  return `${file}:${place}: ${pointer === '' ? '' : `${pointer}: `}${message}; ${fix}`
}
