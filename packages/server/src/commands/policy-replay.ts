import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { storedDecisionSchema, turnSchema } from '@hyponema/contract'
import { z } from 'zod'
import type { Config } from '../config.ts'
import { readTalk } from '../features/decisions/public.ts'
import {
  compareTalk,
  compileLayers,
  namedByDigest,
  readText,
  type Talk,
  type TalkTurn,
} from '../features/policies/public.ts'
import { listNewestSessions } from '../features/sessions/public.ts'
import { auditedTransaction } from '../guards/audited-transaction.ts'
import { createContentKeys } from '../guards/content-keys.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'
import { keyringKeyService } from '../platform/crypto/keyring-key-service.ts'
import { ownCommand } from '../platform/own-command.ts'
import { namedWorkspace } from './named-workspace.ts'
import { onHost } from './on-host.ts'

const mostSessions = 200

/** `hyponema policy replay --policy FILE (--export FILE | [--workspace ID] --last N)`: what this policy alone would do. */
export async function policyReplay(config: Config, args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      policy: { type: 'string' },
      export: { type: 'string' },
      workspace: { type: 'string' },
      last: { type: 'string' },
    },
  })
  if (values.policy === undefined || (values.export === undefined) === (values.last === undefined)) {
    throw new StartupRefusal(
      `Write: ${ownCommand('policy replay')} --policy FILE, and --export FILE or --last N [--workspace wsp_...].`,
    )
  }
  const text = await readFile(values.policy, 'utf8')
  const parsed = readText(text)
  if (!parsed.ok) throw new StartupRefusal(`${values.policy} is no policy; ${ownCommand('policy check')} says why.`)
  const compile = (document: typeof parsed.document) =>
    compileLayers(namedByDigest([{ layer: 'workspace', name: 'replayed', document }]), {
      id: 'replayed',
      version: 0,
      own: { layer: 'workspace/replayed', pointer: '' },
    })
  const nothing = readText('{}')
  if (!nothing.ok) throw new Error('the empty policy is none')
  const policies = { before: compile(nothing.document), next: compile(parsed.document) }
  const talks =
    values.export === undefined
      ? await talksOf(config, { workspace: values.workspace, last: readCount(values.last) })
      : readExport(await readFile(values.export, 'utf8'), values.export)
  const changes = talks.flatMap((talk) => compareTalk(talk, policies))
  for (const change of changes) process.stdout.write(`${JSON.stringify(change)}\n`)
  const turns = talks.reduce((sum, talk) => sum + talk.turns.length, 0)
  process.stderr.write(`${talks.length} sessions, ${turns} turns: it would step in at ${changes.length}.\n`)
}

function readCount(text: string | undefined): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= mostSessions) return count
  throw new StartupRefusal(`--last takes a number from 1 to ${mostSessions}.`)
}

/** Opens the newest talks of a workspace; its audit log names them. */
async function talksOf(
  config: Config,
  { workspace, last }: { readonly workspace: string | undefined; readonly last: number },
): Promise<readonly Talk[]> {
  const workspaceId = await namedWorkspace(config, workspace)
  const talks: Talk[] = []
  await onHost(config, async ({ installation, newId, actIn }) => {
    const contentKeys = createContentKeys({ epochKeys: keyringKeyService(installation.keyring, 'epoch'), newId })
    await auditedTransaction(actIn(workspaceId, 'hyponema policy replay'), async (tx) => {
      for (const session of await listNewestSessions(tx, { agents: [], limit: last })) {
        const talk = await readTalk(tx, contentKeys, session)
        if (talk !== undefined) talks.push(talk)
      }
      await tx.audit({
        action: 'transcript.opened',
        target: { kind: 'workspace', id: workspaceId },
        after: { sessions: talks.map(({ sessionId }) => sessionId) },
      })
    })
  })
  return talks
}

/** Lines as the API gives them: the items of /v1/sessions/{id}/turns and of /v1/sessions/{id}/decisions, in any order. */
const lineSchema = z.union([turnSchema, storedDecisionSchema])

function readExport(text: string, file: string): readonly Talk[] {
  const rows = text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [readLine(line, `${file}:${index + 1}`)]))
  const decisions = Map.groupBy(
    rows.flatMap((row) => ('stage' in row ? [row] : [])),
    (row) => row.turn_id,
  )
  const turns = rows.flatMap((row) => ('role' in row ? [row] : []))
  return [...Map.groupBy(turns, (row) => row.session_id)].map(([sessionId, own]) => ({
    sessionId,
    turns: own
      .toSorted((left, right) => left.sequence - right.sequence)
      .map(
        (turn): TalkTurn => ({
          id: turn.id,
          userText: turn.role === 'user' ? turn.text : null,
          agentText: turn.role === 'agent' ? turn.text : null,
          calls: [],
          decided: (decisions.get(turn.id) ?? []).map(
            ({ stage, action, rule_ids: ruleIds, blocked_text: blockedText }) => ({
              stage,
              action,
              rule_ids: ruleIds,
              asked: null,
              blockedText,
            }),
          ),
        }),
      ),
  }))
}

function readLine(line: string, place: string): z.infer<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(line))
  } catch {
    throw new StartupRefusal(`${place}: expected a turn or a decision as the API gives it, one to a line.`)
  }
}
