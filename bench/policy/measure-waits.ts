/** How often the end of a sentence has to wait for what comes next, for how many tokens, and what the oracle says is the least. */
import { type CompiledPolicy, createOutputGate } from '@hyponema/policy'
import { liveNaively } from '../../packages/policy/src/test-harness/naive-matcher.ts'
import { sentences, tokens } from './bench-texts.ts'
import { rounded } from './statistics.ts'

/** The oracle walks every reading from every place; no phrase that is still open began earlier than this. */
const oracleCharacters = 48

export function measureWaits(policy: CompiledPolicy, phrases: readonly string[]) {
  const all = sentences(2000, 99)
  const words = phrases.filter((phrase) => /^[a-z]+(?: [a-z]+)*$/.test(phrase)).map((phrase) => phrase.split(' '))
  const known = new Map<string, boolean>()
  let [waits, waited, least] = [0, 0, 0]
  for (const [index, sentence] of all.entries()) {
    const end = sentence.slice(-oracleCharacters)
    const mustWait = known.get(end) ?? words.some((parts) => liveNaively(parts, end, 'end').length > 0)
    known.set(end, mustWait)
    if (mustWait) least += 1
    const gate = createOutputGate(policy)
    const released = (text: string): number =>
      gate.push(text).reduce((sum, step) => sum + (step.kind === 'release' ? step.text.length : 0), 0)
    let left = tokens(sentence).reduce((sum, token) => sum + released(token), 0)
    if (left >= sentence.length) continue
    waits += 1
    for (const token of tokens(` ${all[(index + 1) % all.length] ?? ''}`)) {
      waited += 1
      left += released(token)
      if (left >= sentence.length) break
    }
  }
  return {
    sentenceEnds: all.length,
    share: rounded(waits / all.length),
    meanTokens: waits === 0 ? 0 : rounded(waited / waits),
    /** Of what is written; what is heard may wait besides. */
    leastShareByOracle: rounded(least / all.length),
    phrasesOfOracle: words.length,
  }
}
