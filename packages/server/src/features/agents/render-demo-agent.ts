import { type AgentDocument, agentDocumentSchema } from '@hyponema/contract'
import { renderDemoPolicy } from './render-demo-policy.ts'
import { renderDemoScript } from './render-demo-script.ts'

/**
 * The agent of the demo workspace: the AI receptionist of Riverside Clinic. Its model is a script and its
 * voice is built in, so it works without any key; it says whatever it is asked to repeat, and what keeps it from giving a dose is the policy alone.
 */
export function renderDemoAgent(): AgentDocument {
  return agentDocumentSchema.parse({
    persona: {
      title: 'AI receptionist',
      prompt:
        'You are the AI receptionist of Riverside Clinic. You book visits and answer questions about the clinic from the note. ' +
        'Say that you are an AI when you are asked. Book only after the caller has said yes to a day and a time. ' +
        'You are no doctor: give no medical advice.',
      first_message:
        'Hello, this is the AI receptionist of Riverside Clinic. I can book a visit or tell you about the clinic. How can I help?',
      language: 'en',
    },
    model: { kind: 'scripted', script: renderDemoScript() },
    // People read and type here, which takes longer than speaking.
    voice: { text_to_speech: { provider: 'flite', voice: 'slt' }, idle: { after_seconds: 120 } },
    tools: ['book_slot'],
    notes: [
      {
        name: 'clinic',
        text: [
          // In this order: of two lines that fit as well the first is taken, so the more special ones stand above.
          'parking, park, car: There is a free car park behind the clinic; the way in is from Mill Lane.',
          'cancel, cancellation, cancelling, reschedule, move: Please ring us at least 24 hours before, then cancelling is free. The number is 555 0123.',
          'night line, night, evening, after hours: The night line is 555 0142, from 18:00 to 8:00.',
          'phone, telephone, number, ring: You reach the front desk on 555 0123 while we are open.',
          'bring, insurance, documents: Please bring your insurance card and a list of the medicines you take.',
          'doctor, doctors, staff: Our doctors are Dr. Marsh and Dr. Okafor.',
          'address, where, located, location, directions, find: We are at 12 Mill Lane, next to the library.',
          'opening hours, open, close, closed, hours, weekend, when: We are open Monday to Friday from 8:00 to 18:00, and closed at the weekend.',
        ].join('\n'),
      },
    ],
    policy: renderDemoPolicy(),
    allowed_origins: ['self'],
  })
}
