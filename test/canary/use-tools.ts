/** HTTP tools that are called with a sealed key and repeat it, in good answers and in failures. */
import { publishAgent } from '../end-to-end/published-agent.ts'
import type { CanaryWorld } from './canary-world.ts'
import { echoNames, failureNames } from './echoing-servers.ts'
import { openSession, seal } from './hold-conversations.ts'

export async function useTools(world: CanaryWorld): Promise<void> {
  const credential = await seal(world, 'internal_api', 'clinic')
  const origin = world.wires['echoing model'].url
  const argumentsOf = (names: readonly string[]) => ({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    required: names,
  })
  const tool = (name: string, path: string, names: readonly string[]) => ({
    kind: 'http',
    name,
    description: 'Repeats',
    url: `${origin}${path}`,
    arguments: argumentsOf(names),
    auth: { credential_id: credential },
    visible: true,
    idempotent: false,
  })
  const agentId = await publishAgent(world.call, 'Tools', {
    persona: { prompt: 'You are brief.' },
    model: {
      kind: 'scripted',
      script: {
        rules: [
          {
            when: ['^ good *'],
            tool: { name: 'good', arguments: { echo: '{{rest}}' } },
            then_say: ['{{result.text}}'],
            else_say: ['{{result.error}}'],
          },
          ...failureNames.map((failure) => ({
            when: [`^ fail ${failure} *`],
            tool: { name: 'fail', arguments: { failure, echo: '{{rest}}' } },
            then_say: ['{{result.text}}'],
            else_say: ['{{result.error}}'],
          })),
        ],
      },
    },
    tools: [tool('good', '/good/{echo}', ['echo']), tool('fail', '/fail/{failure}/{echo}', ['failure', 'echo'])],
    policy: {},
  })
  const session = await openSession(world, agentId)
  const said = [...echoNames.map((echo) => `good ${echo}`), ...failureNames.map((failure) => `fail ${failure} plain`)]
  for (const text of said) {
    await world.recorder.send(`/v1/sessions/${session.id}/messages`, {
      method: 'POST',
      credential: session.token,
      body: { text },
    })
  }
  await world.operator('GET', `/v1/credentials/${credential}/openings`)
  for (const part of ['turns', 'decisions']) await world.operator('GET', `/v1/sessions/${session.id}/${part}`)
  await world.call('POST', `/v1/sessions/${session.id}/end`, {})
}
