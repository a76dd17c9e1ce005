/** What retention removes too early, and what it never sees. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scriptedDocument } from '../api/agent-documents.ts'
import { type Api, type ApiWorkspace, openApi } from '../api/api-harness.ts'
import { publishedAgent } from '../api/made-things.ts'
import { purgeAsWorker } from '../api/purge-as-worker.ts'

const dayMs = 24 * 60 * 60 * 1000

describe('an attack on retention', () => {
  let api: Api
  beforeAll(async () => {
    api = await openApi()
  })
  afterAll(() => api.close())
  let passed = 0
  afterEach(() => {
    api.pass(-passed)
    passed = 0
  })
  const pass = (days: number): void => {
    passed += days * dayMs
    api.pass(days * dayMs)
  }
  const purge = (workspace: ApiWorkspace) => purgeAsWorker(api, workspace)
  /** Everything of a talk leaves after five days. */
  const withShortRules = async (): Promise<ApiWorkspace> => {
    const workspace = await api.makeWorkspace()
    const rules = { tool_payloads: 1, recordings: 1, transcripts: 5, decisions: 5, traces: 5, sessions: 5 }
    const answer = await workspace.call('PUT', '/v1/retention', { body: { rules: { ...rules, webhook_attempts: 5 } } })
    if (answer.status !== 200) throw new Error(answer.text)
    return workspace
  }

  describe('by what caps count', () => {
    const asks = async (workspace: ApiWorkspace, policy: object) => {
      const agent = await publishedAgent(workspace, { ...scriptedDocument(), policy })
      return async () => {
        const body = { agent_id: agent.id, user_id: 'called' }
        const answer = await workspace.call('POST', '/v1/contact-attempts', { body })
        if (answer.status !== 201) throw new Error(answer.text)
        return z.object({ decision: z.string() }).parse(answer.body)
      }
    }
    const states = async (workspace: ApiWorkspace) =>
      (
        await api.ask<{ state: string }>(
          'select state from tenant.contact_attempts where workspace_id = $1 order by state',
          [workspace.id],
        )
      ).map(({ state }) => state)

    test('who was called once and may be called once a year is not called again because the first call was forgotten', async () => {
      const workspace = await withShortRules()
      const ask = await asks(workspace, { contact_caps: [{ name: 'yearly', attempts: 1, window_hours: 8760 }] })
      expect((await ask()).decision).toBe('allow')
      pass(10)
      await purge(workspace)
      expect((await ask()).decision).toBe('defer')
      expect(await states(workspace)).toEqual(['deferred', 'reserved'])
      pass(10)
      await purge(workspace)
      expect(await states(workspace)).toEqual(['reserved'])
    })

    test('a reservation that nobody reported on does not stay for ever', async () => {
      const workspace = await withShortRules()
      const ask = await asks(workspace, {})
      await ask()
      pass(360)
      await purge(workspace)
      expect(await states(workspace)).toEqual(['reserved'])
      pass(10)
      await purge(workspace)
      expect(await states(workspace)).toEqual([])
    })
  })
})
