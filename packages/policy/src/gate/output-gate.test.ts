import { describe, expect, it } from 'vitest'
import type { CompiledPolicy } from '../compile/compiled-policy.ts'
import { compileZones } from '../test-harness/compile-zones.ts'
import { type GateRun, runGate } from '../test-harness/run-gate.ts'
import { linearLimit, timeGrowth } from '../test-harness/time-growth.ts'
import { allParts } from './gate-parts.ts'
import { maxHeldCharacters } from './hold-limit.ts'
import { createGateWithout, createOutputGate } from './output-gate.ts'

const line = 'I cannot speak about that.'
const dosage = {
  name: 'dosage',
  label: 'medical dosage',
  phrases: ['take four hundred', 'dose'],
  action: 'redirect' as const,
  line,
}

function say(policy: CompiledPolicy, ...utterances: readonly string[]): GateRun {
  return runGate(
    createOutputGate(policy),
    utterances.map((text) => text.split(/(?<= )/)),
  )
}

function heard(policy: CompiledPolicy, ...utterances: readonly string[]): string {
  return say(policy, ...utterances).heard.join('|')
}

describe('what leaves, and when', () => {
  const gate = () => createOutputGate(compileZones([dosage]))

  it('lets go of everything before the earliest phrase that may still come', () => {
    const open = gate()
    expect(open.push('You should ta')).toEqual([
      { kind: 'release', text: 'You should ', sourceStart: 0, sourceEnd: 11 },
    ])
    expect(open.push('ke ')).toEqual([])
    expect(open.push('a seat')).toEqual([{ kind: 'release', text: 'take a seat', sourceStart: 11, sourceEnd: 22 }])
  })

  it('holds a complete phrase until its word boundary is known', () => {
    const open = gate()
    expect(open.push('dose')).toEqual([])
    expect(open.push('d')).toMatchObject([{ kind: 'release', text: 'dosed' }])
    expect(open.push(' dose')).toMatchObject([{ kind: 'release', text: ' ' }])
    expect(open.endUtterance()).toMatchObject([{ kind: 'block', blockedText: 'dose' }])
  })

  it('holds half a character until the other half comes, and lets it go at the end as the sign for what cannot be shown', () => {
    const open = gate()
    expect(open.push('ok \ud835')).toMatchObject([{ text: 'ok ' }])
    expect(open.push('\udc1d no')).toMatchObject([{ text: '\u{1d41d} no' }])
    open.push(' \ud835')
    expect(open.endUtterance()).toMatchObject([{ kind: 'release', text: '\ufffd' }])
  })

  it('lets benign words pass that contain a phrase', () => {
    const policy = compileZones([{ name: 'ass', phrases: ['ass', 'hell'], action: 'block', line: 'Zzz.' }])
    const text = 'Shell class: assess the Scunthorpe grass, hello, passage.'
    expect(heard(policy, text)).toBe(text)
  })
})

describe('redirect', () => {
  it('hides the match, says the line there, and goes on', () => {
    expect(heard(compileZones([dosage]), 'Then take four hundred units. Bye.')).toBe(`Then ${line} units. Bye.`)
  })

  it('hides the sentence, and neither the one before nor the one after', () => {
    const policy = compileZones([{ ...dosage, scope: 'sentence' }])
    expect(heard(policy, 'Good day. The dose is "high!" Come at 3.30 p.m.')).toBe(`Good day. ${line} Come at 3.30 p.m.`)
  })

  it('hides both sentences of a phrase that lies over their boundary', () => {
    const policy = compileZones([{ ...dosage, scope: 'sentence' }])
    expect(heard(policy, 'Hello. Just take four. Hundred of them. Bye.')).toBe(`Hello. ${line} Bye.`)
  })

  it('hides the rest of the turn, and what comes in further utterances of it', () => {
    const policy = compileZones([{ ...dosage, scope: 'turn' }])
    const { heard: said, blocks } = say(policy, 'Hello. The dose is high. Bye.', 'And more.')
    expect(said).toEqual([`Hello. ${line}`, ''])
    expect(blocks).toMatchObject([{ stopTurn: true, action: 'replace' }])
  })

  it('says the line again once words have left, and only once before that', () => {
    const policy = compileZones([{ ...dosage, scope: 'sentence' }])
    expect(heard(policy, 'A dose. A dose! Well. A dose.')).toBe(`${line}  Well. ${line}`)
  })

  it('never joins what stood around a withheld word to the word itself', () => {
    expect(heard(compileZones([dosage]), 'dose do.dose.se')).toBe(`${line} do. ${line} se`)
  })

  it('decides once for a sentence that is withheld whole', () => {
    const policy = compileZones([{ ...dosage, scope: 'sentence' }])
    expect(say(policy, 'A dose and a dose and a d0se.').blocks).toHaveLength(1)
  })
})

describe('block, escalate, end', () => {
  it.each([
    ['block', 'replace', ['line', 'stop_turn']],
    ['escalate', 'escalate', ['line', 'queue', 'stop_turn']],
    ['end', 'end', ['line', 'stop_turn']],
  ] as const)('%s stops the turn with %s', (action, decided, obligations) => {
    const { heard: said, blocks } = say(compileZones([{ ...dosage, action }]), 'So the dose is high.', 'More.')
    expect(said).toEqual([`So the ${line}`, ''])
    expect(blocks).toMatchObject([{ action: decided, ruleId: 'agent/dosage', label: 'medical dosage', stopTurn: true }])
    expect(blocks[0]?.decision.obligations.map(({ kind }) => kind)).toEqual(obligations)
  })

  it('does not let the beginning of a longer phrase leave when a shorter one stops the turn', () => {
    const policy = compileZones([{ name: 'words', phrases: ['ass', 'punk ass fool'], action: 'block', line: 'Zzz.' }])
    expect(heard(policy, 'You punk ass fool')).toBe('You Zzz.')
  })

  it('opens again when the user has taken a turn', () => {
    const gate = createOutputGate(compileZones([{ ...dosage, action: 'block' }]))
    gate.push('A dose of')
    expect(gate.push('more')).toEqual([])
    gate.userTookTurn()
    expect(gate.push('Hello ')).toMatchObject([{ text: 'Hello ', sourceStart: 0 }])
  })

  it('joins rules that match together: the strongest decides, its line is said', () => {
    const policy = compileZones([dosage, { ...dosage, name: 'harm', action: 'end', line: 'Good bye.' }])
    const { blocks } = say(policy, 'a dose ')
    expect(blocks).toMatchObject([{ action: 'end', ruleId: 'agent/harm', line: 'Good bye.' }])
    expect(blocks[0]?.decision.matches.map(({ ruleId }) => ruleId)).toEqual(['agent/dosage', 'agent/harm'])
  })

  it('does more after the strikes', () => {
    const policy = compileZones([{ ...dosage, strikes: { hits: 2, turns: 2, action: 'end' } }])
    const gate = createOutputGate(policy)
    const actions = ['A dose.', 'Fine.', 'A dose.', 'A dose.'].map((text) => {
      const [block] = runGate(gate, [[text]]).blocks
      gate.userTookTurn()
      return block?.action ?? 'allow'
    })
    expect(actions).toEqual(['replace', 'allow', 'replace', 'end'])
  })
})

describe('over utterances', () => {
  const policy = compileZones([dosage])

  it('withholds the rest of a phrase whose head was heard, and says how much that was', () => {
    const { released, blocks } = say(policy, 'Just take four', 'hundred of them')
    expect(released).toEqual(['Just take four', ' of them'])
    expect(blocks).toMatchObject([
      { headHeard: 9, blockedText: 'hundred', decision: { headHeard: 9, matches: [{ folded: 'take fourhundred' }] } },
    ])
  })

  it('sees through a word that is cut in two', () => {
    expect(heard(policy, 'the do', 'se is')).toBe(`the do| ${line} is`)
  })

  it('forgets when the user has taken a turn', () => {
    const gate = createOutputGate(policy)
    runGate(gate, [['Just take four']])
    gate.userTookTurn()
    expect(runGate(gate, [['hundred of them']]).released).toEqual(['hundred of them'])
  })

  it('carries its state as plain data to another gate', () => {
    const gate = createOutputGate(policy)
    runGate(gate, [['Just take four']])
    const carried: unknown = JSON.parse(JSON.stringify(gate.carriedState()))
    expect(carried).toEqual(gate.carriedState())
    expect(runGate(createOutputGate(policy, gate.carriedState()), [['hundred of them']]).released).toEqual([' of them'])
  })

  it('judges a line by what was heard before it, also when the turn is stopped', () => {
    const gate = createOutputGate(compileZones([{ ...dosage, action: 'block' }]))
    runGate(gate, [['Just take four']])
    expect(gate.gateLine('Hundred.')).toMatchObject([{ kind: 'block', headHeard: 9 }])
    expect(gate.gateLine('Good day.')).toMatchObject([{ kind: 'release', text: ' Good day.' }])
  })
})

describe('regex zones', () => {
  const policy = compileZones([
    { name: 'numbers', regexes: ['\\d+ ?mg\\b', '\\bsecret-\\d+', 'foo\\d'], action: 'redirect', line },
  ])

  it('hold the sentence, and release it whole', () => {
    const gate = createOutputGate(policy)
    expect(gate.push('It costs 3.50 euros today.')).toEqual([])
    expect(gate.push(' And')).toMatchObject([{ text: 'It costs 3.50 euros today. ' }])
  })

  it('hide the match, with the word that it is a part of', () => {
    expect(heard(policy, 'Take 400 mg now. Xx-9secret-12x no.')).toBe(`Take ${line} now. Xx-9secret-12x no.`)
    expect(heard(policy, 'Well: xfoo1bar no.')).toBe(`Well: ${line} no.`)
    expect(heard(policy, 'Well: (secret-12x) no.')).toBe(`Well: (${line}) no.`)
  })

  it('read through invisible and compatibility characters', () => {
    expect(heard(policy, 'Take \uff14\u200d00\u00ad M\uff27 now.')).toBe(`Take ${line} now.`)
  })

  it('find a match wherever it begins in a sentence without an end', () => {
    for (let words = 0; words < 260; words += 7) {
      const text = `${'word '.repeat(words)}take 400 mg ${'word '.repeat(40)}`
      expect(heard(policy, text)).toBe(text.replace('400 mg', line))
    }
  })

  it('release a long sentence in the middle, so that it never waits for more than about 300 characters', () => {
    const gate = createOutputGate(policy)
    let waiting = 0
    for (const word of 'word '.repeat(500).split(/(?<= )/)) {
      waiting += word.length
      for (const step of gate.push(word)) if (step.kind === 'release') waiting -= step.text.length
      expect(waiting).toBeLessThanOrEqual(310)
    }
  })
})

describe('unless', () => {
  const policy = compileZones([{ ...dosage, unless: ['dose of reality', 'a dose of humour'] }])

  it('lets a match pass that lies within an exception', () => {
    expect(heard(policy, 'This dose of reality and a dose of humour help.')).toBe(
      'This dose of reality and a dose of humour help.',
    )
  })

  it('waits as long as the exception may still come, and no longer', () => {
    const gate = createOutputGate(policy)
    expect(gate.push('the dose of ')).toMatchObject([{ text: 'the ' }])
    expect(gate.push('rum')).toMatchObject([{ kind: 'block', line }, { text: ' of rum' }])
  })

  it('is taken plainly: a disguise is no exception', () => {
    expect(heard(policy, 'a dose of re4lity')).toBe(`a ${line} of re4lity`)
  })

  it('does not wait over the end of an utterance', () => {
    expect(heard(policy, 'the dose of', 'reality')).toBe(`the ${line} of|reality`)
  })
})

describe('failure', () => {
  it('ends the turn when a text would have to be held without end, wherever it was cut', () => {
    const text = `ok take${' '.repeat(maxHeldCharacters + 10)}five`
    for (const pieces of [[text], text.split('')]) {
      const { released, blocks } = runGate(createOutputGate(compileZones([dosage])), [pieces])
      expect(released).toEqual(['ok '])
      expect(blocks).toMatchObject([{ ruleId: 'engine/hold-limit', action: 'replace', stopTurn: true, line: null }])
    }
  })

  it('ends the turn when something inside throws, and says nothing of the text', () => {
    const broken: CompiledPolicy = {
      ...compileZones([{ ...dosage, phrases: ['dose'] }]),
      phrases: {
        nodeCount: 1,
        flags: new Uint8Array(1),
        step: () => {
          throw new Error('dose')
        },
        endingsAt: () => [],
      },
    }
    const gate = createGateWithout(broken, allParts)
    const steps = [...gate.push('the dose'), ...gate.push(' is high'), ...gate.endUtterance()]
    expect(steps).toMatchObject([
      { kind: 'block', ruleId: 'engine/error', stopTurn: true, decision: { error: 'engine/error' } },
    ])
    expect(JSON.stringify(steps)).not.toContain('dose')
  })
})

describe('P8: time is linear', () => {
  /** Fewer characters of what costs more for each: many readings at once. */
  it.each([
    ['words', 'and then you take a seat by the window ', 3900],
    ['letters', 'a b ', 1200],
    ['signs', '!|1$@(', 900],
    ['separators', ' - . ', 4000],
    ['marks', 'a\u0301\u0300\u200b', 1200],
    ['an endless sentence', 'word word ', 4000],
  ])('%s', (_, unit, characters) => {
    const written = compileZones([
      {
        name: 'words',
        phrases: ['a a a a b', 'lil lil lil', 'ill ill', 'take four'],
        regexes: ['\\d{16}'],
        action: 'redirect',
        line: 'Zzz.',
      },
    ])
    let asked = 0
    const { phrases } = written
    const policy: CompiledPolicy = {
      ...written,
      phrases: {
        ...phrases,
        step: (node, symbol) => {
          asked += 1
          return phrases.step(node, symbol)
        },
      },
    }
    /** Questions to the automaton: counted, not timed, so that nothing disturbs them. */
    const askedFor = (length: number): number => {
      asked = 0
      runGate(createOutputGate(policy), [[unit.repeat(length / unit.length)]])
      return asked
    }
    const [once, twice, thrice] = [askedFor(characters), askedFor(characters * 2), askedFor(characters * 3)] as const
    /** Every further text of the same length costs the same. */
    expect((thrice - twice) / (twice - once)).toBeLessThan(1.02)
    const run = (text: string): unknown => runGate(createOutputGate(policy), [[text]])
    expect(timeGrowth({ run, unit, characters })).toBeLessThan(linearLimit)
  })
})
