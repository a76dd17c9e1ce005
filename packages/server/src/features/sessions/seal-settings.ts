import type { Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { ContentKeys } from '../../guards/content-keys.ts'
import type { SealedContent } from '../../platform/crypto/sealed-content.ts'
import type { WorkspaceTx } from '../../platform/postgres/workspace-tx.ts'

/** What the backend gave for one session; sealed under the user's key, since variables are often personal. */
const sessionSettingsSchema = z.strictObject({
  variables: z.record(z.string(), z.string()),
  overrides: z.strictObject({
    'persona.first_message': z.string().optional(),
    'persona.language': z.string().optional(),
  }),
  /** What a sleep window says to a person who comes outside its hours. */
  greetings: z.array(z.string()).readonly().default([]),
})

export type SessionSettings = z.infer<typeof sessionSettingsSchema>

export async function sealSettings(
  tx: WorkspaceTx,
  options: { contentKeys: ContentKeys; sessionId: Uuid; userId: Uuid; settings: SessionSettings },
): Promise<SealedContent> {
  const key = await options.contentKeys.forUser(tx, options.userId)
  const place = { table: 'sessions', column: 'variables', rowId: options.sessionId }
  try {
    return key.seal(place, JSON.stringify(options.settings))
  } finally {
    key.destroy()
  }
}

export async function openSettings(
  tx: WorkspaceTx,
  options: { contentKeys: ContentKeys; sessionId: Uuid; userId: Uuid; sealed: SealedContent },
): Promise<SessionSettings> {
  const key = await options.contentKeys.forUser(tx, options.userId)
  const place = { table: 'sessions', column: 'variables', rowId: options.sessionId }
  try {
    return sessionSettingsSchema.parse(JSON.parse(key.open(place, options.sealed, 'conversation')))
  } finally {
    key.destroy()
  }
}
