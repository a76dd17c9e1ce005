import { handTool, talkWith } from './turn-with-tools.ts'

/** Text from outside that is in every prompt. */
const untrusted = { notes: [{ name: 'n', text: 'We are open.' }] }
/** A model that reads what is in its prompt, as a script does not. */
export const openModel = {
  model: { kind: 'openai_compatible', provider: 'custom', base_url: 'http://127.0.0.1:9/v1', model: 'm' } as const,
}
/** What is to be paid, as `asked` has the model wish it. */
export const atNine = '{"at":"nine","who":"Ada"}'

/** A conversation behind untrusted text, in which the model can pay. After `asked` the person was asked to confirm, a second ago. */
export function talkOfPayments(options: Parameters<typeof talkWith>[0] = {}) {
  const times = { nowMs: 1_000_000 }
  const pay = handTool({ name: 'pay', isIdempotent: false })
  const look = handTool({ name: 'look' })
  const talked = talkWith({
    clock: { nowMs: () => times.nowMs },
    ...options,
    tools: [pay, look, ...(options.tools ?? [])],
    document: { ...openModel, ...untrusted, ...options.document },
  })
  const asked = async (args = atNine) => {
    const { model, say } = talked
    const turn = say('pay please')
    model.wish('pay', args)
    model.finish()
    await turn.done
    times.nowMs += 1000
    return turn.record
  }
  return { ...talked, pay, look, times, asked }
}
