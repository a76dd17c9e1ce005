import { createdSource, openKnowledgeWorker } from './knowledge-worker.ts'
import { PlantedTalk, type PlantedWorld, planted, plantedPolicy, plantedZone, saying, wishing } from './planted-talk.ts'

/** Plants the text in one place and leads the talk past it, one turn further than that. */
export type PlantedSource = {
  readonly run: (world: PlantedWorld) => Promise<PlantedTalk>
  /** Exits that show it by what they are for, each with why. */
  readonly shows?: Readonly<Record<string, string>>
}

const next = async (talk: PlantedTalk): Promise<PlantedTalk> => {
  await talk.say('and then?', saying('That is all.'))
  return talk
}
const properties = { what: { type: 'string' } }
const httpTool = ({ tools }: PlantedWorld, change: object = {}) => ({
  kind: 'http' as const,
  name: 'ask',
  description: 'Asks',
  url: `${tools.origin}/v1/good`,
  arguments: { type: 'object', properties, additionalProperties: false },
  timeout_ms: 3000,
  visible: true,
  ...change,
})
const withTool = (world: PlantedWorld, change: object = {}) =>
  PlantedTalk.begin(world, { tools: [httpTool(world)], ...change })
const withAnswer = async (world: PlantedWorld, status: number, body: string): Promise<PlantedTalk> => {
  const talk = await withTool(world)
  world.tools.answerWith({ status, body })
  await talk.say('go', wishing('ask', { what: 'good' }), saying('Done.'))
  world.tools.answerWith(undefined)
  return next(talk)
}
const mcpServer = ({ mcp }: PlantedWorld) => ({
  kind: 'mcp' as const,
  name: 'clinic',
  url: mcp.url,
  timeout_ms: 3000,
  visible: true,
})
const withMcp = async (world: PlantedWorld, tool: object, name = 'book'): Promise<PlantedTalk> => {
  const inputSchema = { properties }
  const answer = () => ({ content: [{ type: 'text' as const, text: 'It is at nine' }] })
  world.mcp.setTools([{ name, description: 'Books a visit.', inputSchema, answer, ...tool }])
  const talk = await PlantedTalk.begin(world, { tools: [mcpServer(world)] })
  await talk.say('go', wishing(`clinic_${name}`, { what: 'good' }))
  // What a tool server says of its tools is text from outside, so each call is asked about.
  await talk.say('yes', saying('Done.'))
  return next(talk)
}
const isError = { answer: () => ({ content: [{ type: 'text' as const, text: planted }], isError: true }) }
const failing = async (world: PlantedWorld, status: number): Promise<PlantedTalk> => {
  const talk = await PlantedTalk.begin(world)
  const body = JSON.stringify({ error: { message: planted, type: planted, code: planted, param: planted } })
  for (let tries = 0; tries < 3; tries += 1) world.failModel({ status, body })
  await talk.say('go')
  return next(talk)
}
const asRead = { 'model: thicket': 'a zone watches what is said, and the model may read it' }
const called = { name: 'person', triggers: { explicit_wish: true }, queue: 'desk' }
const openingWith = async (world: PlantedWorld, document: object, session: object = {}): Promise<PlantedTalk> => {
  const talk = await PlantedTalk.begin(world, document, session)
  await talk.say({ start: true })
  await next(talk)
  return next(talk)
}

export const plantedSources: Readonly<Record<string, PlantedSource>> = {
  'the reply': {
    run: async (world) => {
      const talk = await PlantedTalk.begin(world)
      await talk.say('go', saying(planted))
      return next(talk)
    },
  },
  'the reply, letter by letter': {
    run: async (world) => {
      const talk = await PlantedTalk.begin(world)
      await talk.say('go', saying(...planted))
      return next(talk)
    },
  },
  'a reply that breaks off': {
    run: async (world) => {
      const talk = await PlantedTalk.begin(world)
      await talk.say('go', (reply) => {
        reply.say(planted)
        reply.breakOff()
      })
      return next(talk)
    },
  },
  'the arguments of a tool': {
    run: async (world) => {
      const talk = await withTool(world)
      await talk.say('go', wishing('ask', { what: planted }), saying('Done.'))
      return next(talk)
    },
  },
  'the name of a field of arguments': {
    run: async (world) => {
      const talk = await withTool(world)
      await talk.say('go', wishing('ask', { [planted]: 'x' }), saying('Done.'))
      return next(talk)
    },
  },
  'arguments that are no JSON': {
    run: async (world) => {
      const talk = await withTool(world)
      await talk.say('go', wishing('ask', `{${planted}`), saying('Done.'))
      return next(talk)
    },
  },
  'the name of a tool that is not there': {
    run: async (world) => {
      const talk = await withTool(world)
      await talk.say('go', wishing('thicket_potion', {}), saying('Done.'))
      return next(talk)
    },
  },
  'why the agent calls a person': {
    run: async (world) => {
      const talk = await PlantedTalk.begin(world, { tools: ['escalate'] })
      await talk.say('go', wishing('escalate', { reason: planted }), saying('Done.'))
      return next(talk)
    },
  },
  'the answer of a tool': { run: (world) => withAnswer(world, 200, JSON.stringify({ text: planted })), shows: asRead },
  'a name in the answer of a tool': {
    run: (world) => withAnswer(world, 200, JSON.stringify({ [planted]: 'x' })),
    shows: asRead,
  },
  'the error of a tool': { run: (world) => withAnswer(world, 400, JSON.stringify({ error: planted })) },
  'the answer of a tool that is no JSON': { run: (world) => withAnswer(world, 200, planted) },
  'the answer of an MCP tool': {
    run: (world) => withMcp(world, { answer: () => ({ content: [{ type: 'text', text: planted }] }) }),
    shows: asRead,
  },
  'the error of an MCP tool': { run: (world) => withMcp(world, isError), shows: asRead },
  'an MCP tool that throws': {
    run: (world) => withMcp(world, { answer: () => Promise.reject(new Error(planted)) }),
    shows: asRead,
  },
  'the description of an MCP tool': {
    run: (world) => withMcp(world, { description: planted }),
    shows: { model: 'an operator approved it, word for word, for the model alone' },
  },
  'the name of an MCP tool': {
    run: (world) => withMcp(world, {}, 'thicket_potion_quagmire'),
    shows: {
      model: 'an operator approved it',
      client: 'an operator approved it, and a client gets the name of a tool',
      'GET /v1/sessions/{id}/traces': 'an operator approved it',
      'GET /v1/sessions/{id}/turns': 'an operator approved it',
    },
  },
  'the first message': { run: (world) => openingWith(world, { persona: { prompt: 'p', first_message: planted } }) },
  'a variable in the first message': {
    run: (world) =>
      openingWith(
        world,
        { persona: { prompt: 'p', first_message: 'Hello {{a}}.' }, dynamic_variables: [{ name: 'a' }] },
        { dynamic_variables: { a: planted } },
      ),
    shows: asRead,
  },
  'the filler': {
    run: async (world) => {
      const talk = await PlantedTalk.begin(world, { voice: { filler: { after_ms: 300, text: planted } } })
      await talk.say('go', (reply) => void setTimeout(() => saying('Done.')(reply), 600))
      return next(talk)
    },
  },
  'what is said while a tool works': {
    run: async (world) => {
      const talk = await withTool(world, { tools: [httpTool(world, { waiting_line: planted })] })
      world.tools.answerWith({ status: 200, body: '{"text":"It is at nine"}', delayMs: 1200 })
      await talk.say('go', wishing('ask', { what: 'good' }), saying('Done.'))
      world.tools.answerWith(undefined)
      return next(talk)
    },
  },
  'the words of an operator': {
    run: async (world) => {
      const talk = await PlantedTalk.begin(world, { policy: plantedPolicy({ escalation_rules: [called] }) })
      await talk.say('I want to talk to a human, please')
      await talk.takenOver(planted)
      return talk
    },
    shows: { desk: 'who wrote it reads it', 'model: thicket': 'a person said it' },
  },
  'the question of a confirmation': {
    run: async (world) => {
      const policy = plantedPolicy({
        no_go_zones: [{ ...plantedZone, stages: ['output'] }],
        tool_rules: [{ name: 'ask', tools: ['ask'], confirmation: 'spoken' }],
      })
      const talk = await withTool(world, { policy })
      await talk.say('go', wishing('ask', { what: planted }), saying('Done.'))
      return next(talk)
    },
    shows: asRead,
  },
  'a document': {
    run: async (world) => {
      const knowledge = openKnowledgeWorker(world.api)
      const { id } = await createdSource(world.api.a, { text: `Opening hours. ${planted}`, type: 'text' })
      await knowledge.read()
      const talk = await PlantedTalk.begin(world, { knowledge: { sources: [id] } })
      await talk.say('What are the opening hours?', saying('Done.'))
      return next(talk)
    },
    shows: asRead,
  },
  'what a failing provider says, 400': { run: (world) => failing(world, 400) },
  'what a failing provider says, 401': { run: (world) => failing(world, 401) },
  'what a failing provider says, 500': { run: (world) => failing(world, 500) },
  'what a provider says that fails in mid-stream': {
    run: async (world) => {
      const talk = await PlantedTalk.begin(world)
      const chunk = { error: { message: planted, type: planted, code: planted } }
      world.failModel({ status: 200, body: `data: ${JSON.stringify(chunk)}\n\n` })
      await talk.say('go')
      return next(talk)
    },
  },
  'what a provider says of its answer': {
    run: async (world) => {
      const talk = await PlantedTalk.begin(world)
      const choices = [{ index: 0, delta: { role: planted, content: 'Hello.' }, finish_reason: planted }]
      const chunk = { id: planted, model: planted, object: planted, system_fingerprint: planted, choices }
      world.failModel({ status: 200, body: `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n` })
      await talk.say('go')
      return next(talk)
    },
  },
  'the words of the person': {
    run: async (world) => {
      const talk = await PlantedTalk.begin(world, { policy: plantedPolicy({ escalation_rules: [called] }) })
      await talk.say(planted, saying('Done.'))
      await talk.say('I want to talk to a human, please')
      await talk.takenOver('Good day.')
      return talk
    },
    shows: {
      'model: thicket': 'no zone watches what comes in',
      'desk: thicket': 'who takes over reads what was said',
      'GET /v1/sessions/{id}/turns: thicket': 'it is what the person said',
    },
  },
}
