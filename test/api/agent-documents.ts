import { type AgentDocument, agentDocumentSchema } from '@hyponema/contract'
import type { z } from 'zod'

type Given = z.input<typeof agentDocumentSchema>

/** A document as a client would send it. */
export function scriptedDocument(change: Partial<Given> = {}): Given {
  return {
    persona: { prompt: 'You answer.', first_message: 'Hello, I am the AI of this test.' },
    model: {
      kind: 'scripted',
      script: {
        rules: [
          { when: ['^ say *'], say: ['{{rest}}'] },
          {
            when: ['book {weekday} {time}'],
            say: ['One moment.'],
            tool: { name: 'book_slot', arguments: { weekday: '{{weekday}}', time: '{{time}}' } },
            then_say: ['Booked.'],
            else_say: ['Not booked.'],
          },
        ],
        otherwise: 'I heard you.',
      },
    },
    tools: ['book_slot'],
    policy: {},
    ...change,
  }
}

/** A document whose model is the fake provider behind the door. */
export function providerDocument(change: Partial<Given> = {}): Given {
  return scriptedDocument({
    model: { kind: 'openai_compatible', provider: 'vllm', base_url: 'http://127.0.0.1:9/v1', model: 'fake' },
    ...change,
  })
}

type Zone = NonNullable<Given['policy']['no_go_zones']>[number]

export function zone(change: Partial<Zone> = {}): Zone {
  return {
    name: 'dosage',
    label: 'medical dosage',
    phrases: ['forbidden dose'],
    action: 'redirect',
    line: 'Please ask a doctor.',
    ...change,
  }
}

/** The same with every default filled in. */
export function parsedDocument(document: Given): AgentDocument {
  return agentDocumentSchema.parse(document)
}
