import { parseArgs } from 'node:util'
import type { CompiledPolicy, PolicyLayer } from '@hyponema/policy'
import type { Config } from '../config.ts'
import {
  type CompileLayersOptions,
  compareTalk,
  compileLayers,
  compileReplay,
  type HeldLayers,
  namedByDigest,
  parsePolicy,
  type ReplayedPolicies,
  raiseFloors,
} from '../features/policies/public.ts'
import { AppError } from '../kernel/app-error.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { ownCommand } from '../platform/own-command.ts'
import { type HeldTalk, openNewestTalks } from './open-newest-talks.ts'
import { readExport } from './read-export.ts'
import { readNamedFile } from './read-named-file.ts'

const mostSessions = 200

type Changes = ReturnType<typeof compareTalk>
type Replayed = { readonly sessions: number; readonly turns: number; readonly changes: Changes; readonly left: number }

/**
 * `hyponema policy replay --policy FILE [--as LAYER] (--last N [--workspace ID] | --export FILE [--before FILE])`: the turns about
 * which it decides otherwise, a line of JSON each: what was decided beside what would be.
 */
export async function policyReplay(config: Config, args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const options = { policy: text, as: text, export: text, before: text, workspace: text, last: text }
  const { values } = parseArgs({ args: [...args], options })
  const isOffline = values.export !== undefined
  const isMixed = isOffline ? (values.last ?? values.workspace) !== undefined : values.before !== undefined
  if (values.policy === undefined || isOffline === (values.last !== undefined) || isMixed) {
    throw new StartupRefusal(
      `Write: ${ownCommand('policy replay')} --policy FILE [--as agent|workspace/NAME|installation], and --last N [--workspace wsp_...] for sessions of this server, or --export FILE [--before FILE] for an export.`,
    )
  }
  const own = await readLayer(values.policy, values.as)
  const replayed =
    values.export === undefined
      ? replayHeld(await openNewestTalks(config, { workspace: values.workspace, last: readCount(values.last) }), own)
      : await replayExport(values.export, { own, as: values.as, before: values.before })
  for (const change of replayed.changes) process.stdout.write(`${JSON.stringify(change)}\n`)
  const { sessions, turns, changes, left } = replayed
  const leftOut = left === 0 ? '' : ` ${left} sessions were left out: what they were held to is not kept.`
  process.stderr.write(
    `${sessions} sessions, ${turns} turns: it decides otherwise about ${changes.length}.${leftOut}\n`,
  )
}

/** In the place of the layer that it is called like, in each session; all else as it was then. */
function replayHeld(talks: readonly HeldTalk[], own: PolicyLayer): Replayed {
  const known = new Map<string, ReplayedPolicies>()
  const policiesOf = (layers: HeldLayers): ReplayedPolicies => {
    const digest = layers.sha256.toString('hex')
    const policies = known.get(digest) ?? compiled(own, (options) => compileReplay(layers, own, options))
    known.set(digest, policies)
    return policies
  }
  const held = talks.filter(({ before }) => before !== undefined)
  const changes = held.flatMap(({ talk, before }) =>
    before === undefined ? [] : compareTalk(talk, policiesOf(before)),
  )
  return { ...countOf(held.map(({ talk }) => talk)), changes, left: talks.length - held.length }
}

/** By itself: beside `--before`, or else beside what was recorded. */
async function replayExport(
  file: string,
  {
    own,
    as,
    before,
  }: { readonly own: PolicyLayer; readonly as: string | undefined; readonly before: string | undefined },
): Promise<Replayed> {
  const talks = await readExport(file)
  const alone = (layer: PolicyLayer): CompiledPolicy =>
    compiled(layer, (options) => compileLayers(namedByDigest([layer]), options))
  const other = before === undefined ? { recorded: as ?? null } : alone(await readLayer(before, as))
  const policies = { before: other, next: alone(own) }
  const changes = talks.flatMap((talk) => compareTalk(talk, policies))
  return { ...countOf(talks), changes, left: 0 }
}

function countOf(talks: readonly HeldTalk['talk'][]): { readonly sessions: number; readonly turns: number } {
  return { sessions: talks.length, turns: talks.reduce((sum, { turns }) => sum + turns.length, 0) }
}

async function readLayer(file: string, as = 'workspace/replayed'): Promise<PolicyLayer> {
  const parsed = parsePolicy(await readNamedFile(file))
  if (!parsed.ok) throw new StartupRefusal(`${file} is no policy; ${ownCommand('policy check')} ${file} says why.`)
  const { document } = parsed
  const name = /^workspace\/([a-z0-9_-]+)$/.exec(as)?.[1]
  if (name !== undefined) return { layer: 'workspace', name, document }
  if (as === 'installation') return { layer: as, document: raiseFloors(document) }
  if (as === 'agent') return { layer: as, document }
  throw new StartupRefusal('--as takes agent, installation, or workspace/ and the name of a policy.')
}

/** In the words of a command where it does not compile. */
function compiled<Policies>(
  { layer, name }: PolicyLayer,
  compile: (options: CompileLayersOptions) => Policies,
): Policies {
  const own = { layer: name === undefined ? layer : `${layer}/${name}`, pointer: '' }
  try {
    return compile({ id: 'replayed', version: 0, own })
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'policy.does_not_compile') throw error
    const why = error.errors.map(({ pointer, detail }) => `${pointer}: ${detail}`)
    throw new StartupRefusal(['It does not compile with what a session was held to.', ...why].join('\n'))
  }
}

function readCount(text: string | undefined): number {
  const count = Number(text)
  if (text !== undefined && /^\d+$/.test(text) && count >= 1 && count <= mostSessions) return count
  throw new StartupRefusal(`--last takes a number from 1 to ${mostSessions}.`)
}
