import { readFile, stat } from 'node:fs/promises'
import { storedDecisionSchema, turnSchema } from '@hyponema/contract'
import { z } from 'zod'
import type { Talk, TalkTurn } from '../features/policies/public.ts'
import { StartupRefusal } from '../kernel/startup-refusal.ts'

/** It is read whole; a hundred thousand turns are less. */
const maxExportBytes = 256 * 1024 * 1024

/** Lines as the API gives them: the items of /v1/sessions/{id}/turns and of /v1/sessions/{id}/decisions, in any order. */
const lineSchema = z.union([turnSchema, storedDecisionSchema])
type Line = z.infer<typeof lineSchema>

/** The talks of an export. A line that stands there twice counts once. Throws StartupRefusal with the line that is none. */
export async function readExport(file: string): Promise<readonly Talk[]> {
  const size = await stat(file).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  )
  if (size === undefined) throw new StartupRefusal(`${file} cannot be read.`)
  if (size > maxExportBytes)
    throw new StartupRefusal(
      `${file} has more than ${maxExportBytes / 1024 / 1024} MiB; replay it in parts, by session.`,
    )
  const text = await readFile(file, 'utf8')
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [readLine(line, `${file}:${index + 1}`)]))
  return talksOf([...new Map(lines.map((line) => [line.id, line])).values()])
}

function talksOf(lines: readonly Line[]): readonly Talk[] {
  const decisions = lines.flatMap((line) => ('stage' in line && line.mode === 'enforce' ? [line] : []))
  const byTurn = Map.groupBy(decisions, (decision) => decision.turn_id)
  const turns = lines.flatMap((line) => ('role' in line ? [line] : []))
  return [...Map.groupBy(turns, (turn) => turn.session_id)].map(([sessionId, own]) => ({
    sessionId,
    turns: own
      .toSorted((left, right) => left.sequence - right.sequence)
      .map(
        ({ id, role, text }): TalkTurn => ({
          id,
          userText: role === 'user' ? text : null,
          agentText: role === 'agent' ? text : null,
          calls: [],
          decided: (byTurn.get(id) ?? []).map(({ stage, action, rule_ids: ruleIds, blocked_text: blockedText }) => ({
            stage,
            action,
            rule_ids: ruleIds,
            asked: null,
            blockedText,
          })),
        }),
      ),
  }))
}

function readLine(line: string, place: string): Line {
  const read = lineSchema.safeParse(parsed(line))
  if (read.success) return read.data
  throw new StartupRefusal(
    `${place}: expected a turn or a decision as the API gives it, one to a line, found ${JSON.stringify(line.slice(0, 60))}.`,
  )
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
