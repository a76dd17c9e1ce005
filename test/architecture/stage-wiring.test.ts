import { readFile } from 'node:fs/promises'
import { stages } from '@hyponema/contract'
import { describe, expect, test } from 'vitest'
import { stageWiring } from '../../packages/server/src/conversation/stage-table.ts'

/** The method of the policy gate that takes the decision of each stage. */
const calls = {
  input: 'gate.decideInput(',
  retrieval: 'gate.decideRetrieval(',
  tool_call: 'gate.decideToolCall(',
  tool_result: 'gate.decideToolResult(',
  output: 'gate.push(',
  escalation: 'gate.decideEscalation(',
  contact: 'mayContact(',
  tick: 'gate.decideTick(',
} as const satisfies Record<keyof typeof stageWiring, string>

describe('the table of the eight stages', () => {
  test('names every stage of the contract and no other', () => {
    expect(Object.keys(stageWiring).sort()).toEqual([...stages].sort())
  })

  test.each(stages)('%s is really asked for where the table says so', async (stage) => {
    const wiring = stageWiring[stage]
    const call = calls[stage]
    const source = await readFile(new URL(`../../packages/server/src/${wiring.caller}`, import.meta.url), 'utf8')
    expect(source).toContain(call)
  })
})
