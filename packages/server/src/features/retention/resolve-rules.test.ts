import { retentionPresets } from '@hyponema/contract'
import { expect, test } from 'vitest'
import { resolveRules } from './resolve-rules.ts'

const workspace = retentionPresets.standard

test.each([
  [{}, {}],
  [{ transcripts: 7 }, { transcripts: 7, tool_payloads: 7 }],
  [{ transcripts: 60 }, { transcripts: 60 }],
  [{ transcripts: 400, traces: 31, decisions: 180 }, {}],
  [{ transcripts: 'never' }, { transcripts: 'never', tool_payloads: 'never' }],
  [
    { recordings: 'never', decisions: 1 },
    { recordings: 'never', decisions: 1 },
  ],
] as const)('of an agent that says %j only what is shorter than the rule of the workspace holds', (agent, changed) => {
  expect(resolveRules(workspace, agent)).toEqual({ ...workspace, ...changed })
})

test('a workspace that never keeps something is not overruled by days of an agent', () => {
  expect(resolveRules({ ...workspace, traces: 'never' }, { traces: 1 }).traces).toBe('never')
})
