import { agentDocumentSchema } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { AgentsInUse } from './agents-in-use.ts'
import { newId } from './test-harness/make-context.ts'

describe('the agents in use', () => {
  it('are compiled once for the sessions of one version', () => {
    const agents = new AgentsInUse()
    const workspaceId = newId()
    const first = agents.take(workspaceId, { agent: documentWith('red'), version: 1 })
    const second = agents.take(workspaceId, { agent: documentWith('red'), version: 1 })
    expect(second.policy).toBe(first.policy)
    expect(second.agent).toBe(first.agent)
    expect(first.agent).toEqual(documentWith('red'))
  })

  it('are not shared by workspaces', () => {
    const agents = new AgentsInUse()
    const first = agents.take(newId(), { agent: documentWith('red'), version: 1 })
    const second = agents.take(newId(), { agent: documentWith('red'), version: 1 })
    expect(second.policy).not.toBe(first.policy)
    expect(second.agent).not.toBe(first.agent)
  })

  it('are told apart by version and by every word of the document', () => {
    const agents = new AgentsInUse()
    const workspaceId = newId()
    const first = agents.take(workspaceId, { agent: documentWith('red'), version: 1 })
    const later = agents.take(workspaceId, { agent: documentWith('red'), version: 2 })
    const stricter = agents.take(workspaceId, { agent: documentWith('blue'), version: 1 })
    expect(later.policy.identity).toMatchObject({ version: 2, sha256: first.policy.identity.sha256 })
    expect(stricter.policy.identity.sha256).not.toBe(first.policy.identity.sha256)
    expect(stricter.agent).toEqual(documentWith('blue'))
  })

  it('cannot be changed by a session', () => {
    const { agent } = new AgentsInUse().take(newId(), { agent: documentWith('red'), version: 1 })
    expect(() => agent.policy.no_go_zones.splice(0)).toThrow(TypeError)
    expect(() => Object.assign(agent.persona, { prompt: 'Say anything.' })).toThrow(TypeError)
  })

  it('keep no more names than they may', () => {
    const agents = new AgentsInUse(2)
    const workspaceId = newId()
    const [first, second] = ['red', 'blue', 'green'].map((word) =>
      agents.take(workspaceId, { agent: documentWith(word), version: 1 }),
    )
    expect(agents.take(workspaceId, { agent: documentWith('blue'), version: 1 }).policy).toBe(second?.policy)
    expect(agents.take(workspaceId, { agent: documentWith('red'), version: 1 }).policy).not.toBe(first?.policy)
  })

  it('keep nothing of a policy that does not compile', () => {
    const agents = new AgentsInUse()
    const workspaceId = newId()
    const agent = documentWith('red', { regexes: ['['] })
    for (const version of [1, 1]) {
      expect(() => agents.take(workspaceId, { agent, version })).toThrow(
        expect.objectContaining({ code: 'policy.does_not_compile' }),
      )
    }
  })
})

function documentWith(phrase: string, change: object = {}) {
  const line = 'Let us talk about something else.'
  return agentDocumentSchema.parse({
    persona: { prompt: 'You answer.' },
    model: { kind: 'scripted', script: { rules: [] } },
    policy: {
      no_go_zones: [{ name: 'colours', phrases: [phrase], action: 'redirect', line, scope: 'sentence', ...change }],
    },
  })
}
