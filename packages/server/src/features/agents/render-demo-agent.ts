import { type AgentDocument, agentDocumentSchema, encodeId, type Uuid } from '@hyponema/contract'
import { renderDemoPolicy } from './render-demo-policy.ts'
import { renderDemoScript } from './render-demo-script.ts'

/** What the demo's agent has around it; it gets along without. */
export type DemoSurroundings = {
  /** The source that holds the handbook of the clinic. */
  readonly handbook: Uuid | undefined
  /** Where the booking desk listens, and the credential that its key is sealed in. */
  readonly desk: { readonly origin: string; readonly credentialId: Uuid } | undefined
}

/**
 * The agent of the demo workspace: the AI receptionist of Riverside Clinic. Its model is a script and its voice is built in, so it
 * works without any key. It answers from the handbook and books at the desk; without a desk it books in the memory of the session.
 * It says whatever it is asked to repeat, and what keeps it from giving a dose is the policy alone.
 */
export function renderDemoAgent({ handbook, desk }: DemoSurroundings): AgentDocument {
  return agentDocumentSchema.parse({
    persona: {
      title: 'AI receptionist',
      prompt:
        'You are the AI receptionist of Riverside Clinic. You book visits and answer questions about the clinic from its handbook. ' +
        'Say that you are an AI when you are asked. Book only after the caller has said yes to a day and a time. ' +
        'You are no doctor: give no medical advice.',
      first_message:
        'Hello, this is the AI receptionist of Riverside Clinic. I can book a visit or tell you about the clinic. How can I help?',
      language: 'en',
    },
    model: { kind: 'scripted', script: renderDemoScript({ tool: desk === undefined ? 'book_slot' : 'book_visit' }) },
    // People read and type here, which takes longer than speaking.
    voice: { text_to_speech: { provider: 'flite', voice: 'slt' }, idle: { after_seconds: 120 } },
    knowledge: { sources: handbook === undefined ? [] : [encodeId('knowledge', handbook)] },
    tools: [desk === undefined ? 'book_slot' : bookVisit(desk)],
    policy: renderDemoPolicy(),
    allowed_origins: ['self'],
  })
}

function bookVisit({ origin, credentialId }: NonNullable<DemoSurroundings['desk']>): unknown {
  return {
    kind: 'http',
    name: 'book_visit',
    description: 'Books a visit at the clinic. Call it only after the caller has agreed to the day and the time.',
    method: 'POST',
    url: `${origin}/bookings`,
    // A demo is shown more than once: each conversation begins with free days.
    headers: { 'x-sandbox': '{{system__session_id}}' },
    arguments: {
      type: 'object',
      properties: {
        weekday: { type: 'string', enum: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'] },
        time: {
          type: 'string',
          description: 'On a 24-hour clock, as in 9:30 or 14:00',
          pattern: '^[0-9]{1,2}:[0-9]{2}$',
        },
        doctor: { type: 'string', enum: ['Dr. Marsh', 'Dr. Okafor'] },
      },
      required: ['weekday', 'time'],
    },
    auth: { credential_id: encodeId('credential', credentialId) },
    // It books once for an Idempotency-Key, so a call that broke off may be made again.
    idempotent: true,
    timeout_ms: 4000,
    waiting_line: 'One moment, I am asking the booking desk.',
  }
}
