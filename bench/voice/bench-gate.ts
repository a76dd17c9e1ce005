/** The gates that `swap-gate.ts` puts in the place of the product's, in servers of the bench alone. */
import { createOutputGate as createProductGate, type OutputGate } from '../../packages/policy/src/gate/output-gate.ts'

export { createGateWithout } from '../../packages/policy/src/gate/output-gate.ts'

/** What a check costs that asks a model or a service for each sentence. */
const checkMs = 5
const sentenceEnds = /[.!?]+(?=\s|$)/g

export const createOutputGate: typeof createProductGate =
  process.env['BENCH_GATE'] === 'none'
    ? createOpenGate
    : (policy, carried) => checkEachSentence(createProductGate(policy, carried))

/** Lets everything through, unread. */
function createOpenGate(): OutputGate {
  let length = 0
  const release = (text: string) => {
    const sourceStart = length
    length += text.length
    return [{ kind: 'release', text, sourceStart, sourceEnd: length } as const]
  }
  return {
    push: release,
    endUtterance: () => [],
    userTookTurn: () => {
      length = 0
    },
    gateLine: release,
    earlierHits: () => ({}),
    countHits: () => undefined,
    carriedState: () => {
      throw new Error('an open gate remembers nothing')
    },
  }
}

/** The product's gate, and for each sentence a check that keeps the processor busy before its end may leave. */
function checkEachSentence(gate: OutputGate): OutputGate {
  return {
    ...gate,
    push: (text) => {
      compute(checkMs * (text.match(sentenceEnds)?.length ?? 0))
      return gate.push(text)
    },
  }
}

function compute(ms: number): void {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}
