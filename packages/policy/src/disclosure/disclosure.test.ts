import { describe, expect, it } from 'vitest'
import { decide } from '../decide/decide.ts'
import { createOutputGate } from '../gate/output-gate.ts'
import { compileDocument } from '../test-harness/compile-document.ts'
import { runGate } from '../test-harness/run-gate.ts'

const disclosure = { line: 'I am the AI assistant.' }

describe('who asks whether they talk to a human', () => {
  const policy = compileDocument({ disclosure })

  it.each([
    'Are you human?',
    'hey, are you a REAL person or what',
    'Am I talking to a robot?',
    'Bist du ein Mensch?',
    'Sind Sie eine echte Person?',
    'Êtes-vous un robot ?',
    '¿Eres una persona real?',
    '¿Estás ahí? ¿Eres un robot?',
    'r u a bot',
    "c'est un robot ?",
    'est-ce que c’est une machine ?',
    'are you hum4n',
    'a r e you h.u.m.a.n',
    'am i chatting with a real person',
    'are you a robot i want to know that now',
    'Are you a chatbot or what?',
    'sind sie eine künstliche intelligenz',
    'rede ich hier mit einer maschine',
    "t'es un robot ?",
    'suis-je en train de parler à un robot',
    'estoy hablando con una ia',
    'sos humano',
  ])('is told by the line, without the model: %s', (text) => {
    expect(decide(policy, { stage: 'input', text })).toMatchObject({
      action: 'replace',
      floor: true,
      obligations: [{ kind: 'line', ruleId: 'builtin/asked_whether_human', text: disclosure.line }],
    })
  })

  it.each([
    'Are you open on Sunday?',
    'Are you a member of the club?',
    'Are you really sure about that?',
    'Are you real estate agents?',
    'are you a bot developer',
    'Are you a person who can help me?',
    'Is this a human resources line?',
    'Eres una persona muy amable.',
    'My new vacuum: is this a machine for stairs?',
    'I want to talk to a human.',
    'My son asked his teacher whether robots dream, and she said: are you human enough to answer that yourself?',
  ])('other questions are not touched: %s', (text) => {
    expect(decide(policy, { stage: 'input', text }).action).toBe('allow')
  })

  it('without a disclosure the model answers', () => {
    expect(decide(compileDocument({}), { stage: 'input', text: 'Are you human?' }).action).toBe('allow')
  })
})

describe('a claim to be human', () => {
  it.each([
    "I'm a woman from Berlin.",
    "Don't worry, I am a real man.",
    'Yes, I am a human being.',
    'You are talking to a real person.',
    "I'm flesh and blood.",
    'Sie sprechen mit einem Menschen.',
    'Ich bin keine künstliche Intelligenz.',
    'Vous parlez à une vraie personne.',
    'Soy de carne y hueso.',
    'No soy un bot.',
    'I am really a human.',
    "I'm an actual person.",
    'I am 100% human.',
    "I'm no robot.",
    'I am not a chatbot.',
    "You're not talking to a robot.",
    "You're chatting with a real person.",
    'Ich bin wirklich ein Mensch.',
    'Ich bin kein Chatbot.',
    'Sie sprechen nicht mit einem Roboter.',
    'Je suis vraiment humain.',
    'Vous ne parlez pas à un robot.',
    'Soy una persona.',
    'No estás hablando con un robot.',
  ])('is replaced by the line: %s', (text) => {
    const { heard } = runGate(createOutputGate(compileDocument({ disclosure })), [[text]])
    expect(heard.join('')).toContain(disclosure.line)
  })

  it.each([
    'I am a man of my word, so to speak.',
    'No soy humano, soy una IA.',
    'No soy una persona real.',
    "I can't say I'm human.",
    'I am not an AI expert.',
    'Press 2 if you are talking to a human.',
    'I am an AI, not a human.',
  ])('the truth is said: %s', (text) => {
    const { heard } = runGate(createOutputGate(compileDocument({ disclosure })), [[text]])
    expect(heard).toEqual([text])
  })

  it('a disclosure in each layer is within the limit of phrases, of which it takes none', () => {
    const policy = compileDocument({ disclosure }, { disclosure }, { disclosure })
    expect(runGate(createOutputGate(policy), [['I am human.']]).heard.join('')).toContain(disclosure.line)
  })

  it('an exception of a lower layer does not weaken the floor', () => {
    const policy = compileDocument(
      { disclosure },
      {
        no_go_zones: [{ name: 'x', phrases: ['i am human'], unless: ['i am human'], action: 'redirect', line: 'Hm.' }],
        disclosure: { line: 'AI here.' },
      },
    )
    const { blocks, heard } = runGate(createOutputGate(policy), [['I am human.']])
    expect(heard.join('')).not.toMatch(/human/)
    expect(blocks).toMatchObject([{ decision: { floor: true } }])
    expect(decide(policy, { stage: 'input', text: 'are you human' })).toMatchObject({ action: 'replace', floor: true })
  })

  it('an opening that violates a zone does not compile', () => {
    expect(() =>
      compileDocument({
        disclosure: { ...disclosure, opening: 'Hello, darn it.' },
        no_go_zones: [{ name: 'x', phrases: ['darn'], action: 'redirect', line: 'Hm.' }],
      }),
    ).toThrow(/disclosure\/opening/)
  })
})
