import { parseArgs } from 'node:util'
import { type Anchor, readAnchor, type Verification, verifyExport } from '../features/audit/public.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { readVerifierKey } from '../platform/crypto/signed-note.ts'
import { ownCommand } from '../platform/own-command.ts'
import { linesOfFile } from './lines-of-file.ts'
import { readNamedFile } from './read-named-file.ts'

/** More lines help nobody; the number is told. */
const mostFindings = 50

/**
 * `hyponema audit verify FILE --key KEY [--since CHECKPOINT]`: reads an export offline, with no database. Exits with 1 when
 * something is not as it was signed, and names it.
 */
export async function auditVerify(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { key: { type: 'string', multiple: true }, since: { type: 'string' } },
  })
  const [file, ...rest] = positionals
  if (file === undefined || rest.length > 0 || values.key === undefined)
    throw new StartupRefusal(`Write: ${ownCommand('audit verify')} FILE --key KEY [--since CHECKPOINT].`)
  const keys = (await Promise.all(values.key.map(readKeys))).flat()
  const anchor = values.since === undefined ? undefined : await openAnchor(values.since)
  const found = await verifyExport(linesOfFile(file), { keys, anchor })
  const text = `${report(found).join('\n')}\n`
  if (found.findings.length > 0) throw new StartupRefusal(text.trimEnd())
  process.stdout.write(text)
}

/** A verifier key as it is, or a file with one a line. */
async function readKeys(text: string): Promise<readonly NonNullable<ReturnType<typeof readVerifierKey>>[]> {
  const lines = readVerifierKey(text) === undefined ? (await readNamedFile(text)).split('\n') : [text]
  return lines.flatMap((line) => {
    if (line.trim() === '') return []
    const key = readVerifierKey(line)
    if (key === undefined)
      throw new StartupRefusal(`${text} is no verifier key; \`${ownCommand('audit key')}\` prints one.`)
    return [key]
  })
}

async function openAnchor(file: string): Promise<Anchor> {
  const text = await firstLine(file)
  // What a shell or an editor adds or takes at the end is no part of a note.
  if (!text.startsWith('{')) return { note: `${(await readNamedFile(file)).trimEnd()}\n`, leaves: undefined }
  const anchor = await readAnchor(linesOfFile(file))
  if (anchor === undefined) throw new StartupRefusal(`${file} is an export without a checkpoint; give an earlier one.`)
  return anchor
}

async function firstLine(file: string): Promise<string> {
  for await (const line of linesOfFile(file)) return line
  return ''
}

function report(found: Verification): readonly string[] {
  const { findings, checkpoint, events, withoutBody, uncovered, anchoredTo } = found
  const named = findings.slice(0, mostFindings).map(({ kind, message }) => `${kind}: ${message}`)
  const more = findings.length > mostFindings ? [`and ${findings.length - mostFindings} more`] : []
  const counts = [
    `${events} events`,
    ...(withoutBody > 0 ? [`${withoutBody} of them with bodies that are no longer kept`] : []),
    ...(uncovered > 0 ? [`${uncovered} after the checkpoint`] : []),
  ].join(', ')
  if (findings.length > 0) return [...named, ...more, `${findings.length} findings in ${counts}.`]
  const history =
    anchoredTo === undefined
      ? "Internally consistent; history before the first anchor rests on the operator's word."
      : `The first ${anchoredTo} events are those that the earlier checkpoint covers, and nothing was changed since.`
  return [`${checkpoint?.origin ?? ''}: ${counts}, as checkpoint ${checkpoint?.size ?? 0} signs.`, history]
}
