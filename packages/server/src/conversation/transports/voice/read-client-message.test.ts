import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readClientMessage } from './read-client-message.ts'

const read = (type: string, data?: unknown) =>
  readClientMessage(JSON.stringify({ label: 'rtvi-ai', type, id: 'm1', data }))

describe('client-ready', () => {
  test('is read as the official client sends it, which announces no frame 5', () => {
    const about = { library: '@pipecat-ai/client-js', library_version: '1.13.1', platform_details: { browser: 'x' } }
    expect(read('client-ready', { version: '2.1.0', about })).toEqual({
      id: 'm1',
      type: 'client-ready',
      version: '2.1.0',
      announcesInterruption: false,
      asksForOpus: false,
    })
  })

  test.each([
    [true, true],
    ['true', false],
    [1, false],
    [undefined, false],
  ])('announces frame 5 with %j: %j', (value, announced) => {
    const about = { library: 'x', platform_details: { interruption_frame: value } }
    expect(read('client-ready', { version: '2.1.0', about })).toMatchObject({ announcesInterruption: announced })
  })

  test.each([
    ['opus', true],
    ['Opus', false],
    ['pcm', false],
    [['opus'], false],
    [undefined, false],
  ])('asks for Opus with %j: %j', (value, asks) => {
    const about = { platform_details: { audio_codec: value } }
    expect(read('client-ready', { version: '2.1.0', about })).toMatchObject({ asksForOpus: asks })
  })

  test.each(['', '2.x', 'two', '2.1.0.0', `2.${'1'.repeat(9)}`, '2.1.0\n'])('of version %j is malformed', (version) => {
    expect(read('client-ready', { version })).toBeUndefined()
  })
})

describe('send-text', () => {
  test('interrupts and is answered aloud unless it says otherwise', () => {
    expect(read('send-text', { content: ' Hello  ', options: {} })).toEqual({
      id: 'm1',
      type: 'send-text',
      message: { text: 'Hello', interrupts: true, spoken: true },
    })
    expect(read('send-text', { content: 'Hello' })).toMatchObject({ message: { interrupts: true, spoken: true } })
    const options = { run_immediately: false, audio_response: false }
    expect(read('send-text', { content: 'Hello', options })).toMatchObject({
      message: { interrupts: false, spoken: false },
    })
  })

  test.each([
    ['empty', ''],
    ['blank', ' \n\t'],
    ['too long', 'x'.repeat(8001)],
  ])('that is %s is refused, and the socket goes on', (_name, content) => {
    expect(read('send-text', { content })).toEqual({ id: 'm1', type: 'refused', code: 'request.invalid' })
  })

  test('of 8,000 characters is taken', () => {
    expect(read('send-text', { content: 'x'.repeat(8000) })).toMatchObject({ type: 'send-text' })
  })

  test.each([
    undefined,
    null,
    {},
    { content: 1 },
    { content: ['a'] },
    { content: 'a', options: { run_immediately: 1 } },
  ])('with data %j is malformed', (data) => {
    expect(read('send-text', data)).toBeUndefined()
  })
})

describe('client-message', () => {
  test('carries the playback report of our widget', () => {
    const report = { epoch: 1, played_ms: 220.5 }
    expect(read('client-message', { t: 'playback', d: report })).toEqual({ id: 'm1', type: 'playback', report })
  })

  test.each([{ epoch: -1, played_ms: 0 }, { epoch: 0, played_ms: -1 }, { epoch: 0 }, 'x', undefined])(
    'with report %j is malformed',
    (d) => {
      expect(read('client-message', { t: 'playback', d })).toBeUndefined()
    },
  )

  test('of another kind is unknown, and what it carries is not looked at', () => {
    expect(read('client-message', { t: 'other', d: { a: 'secret' } })).toEqual({
      id: 'm1',
      type: 'unknown',
      name: 'client-message',
    })
  })
})

test('other types: the end of the conversation, keys, context that the agent does not allow, what nobody knows', () => {
  expect(read('disconnect-bot', {})).toEqual({ id: 'm1', type: 'disconnect-bot' })
  expect(read('disconnect-bot')).toEqual({ id: 'm1', type: 'disconnect-bot' })
  expect(read('dtmf', { buttons: ['1', '#'] })).toEqual({ id: 'm1', type: 'dtmf', buttons: '1#' })
  expect(read('dtmf', { button: '*' })).toEqual({ id: 'm1', type: 'dtmf', buttons: '*' })
  expect(read('dtmf', { button: '12' })).toBeUndefined()
  expect(read('append-to-context', { role: 'user', content: 'x' })).toMatchObject({ type: 'refused' })
  expect(read('ui-snapshot', { tree: {} })).toEqual({ id: 'm1', type: 'unknown', name: 'ui-snapshot' })
  expect(read('__proto__', {})).toEqual({ id: 'm1', type: 'unknown', name: '__proto__' })
})

test.each([
  ['no JSON', '{'],
  ['nothing', ''],
  ['a list', '[]'],
  ['null', 'null'],
  ['another label', '{"label":"rtvi","type":"client-ready","id":"1","data":{"version":"2.1.0"}}'],
  ['no label', '{"type":"disconnect-bot","id":"1"}'],
  ['no id', '{"label":"rtvi-ai","type":"disconnect-bot"}'],
  ['an id without end', JSON.stringify({ label: 'rtvi-ai', type: 'disconnect-bot', id: 'x'.repeat(65) })],
  ['a type that is a number', '{"label":"rtvi-ai","type":1,"id":"1"}'],
  ['depth without end', '['.repeat(100_000)],
])('%s is malformed', (_name, json) => {
  expect(readClientMessage(json)).toBeUndefined()
})

test('no JSON at all makes it throw', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom('client-ready', 'send-text', 'client-message', 'dtmf', 'x'),
      fc.jsonValue(),
      (text, type, data) => {
        readClientMessage(text)
        read(type, data)
      },
    ),
  )
})
