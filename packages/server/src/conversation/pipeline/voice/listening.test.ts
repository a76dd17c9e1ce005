import { getEventListeners } from 'node:events'
import { beforeAll, describe, expect, it } from 'vitest'
import { ProviderError } from '../../providers/provider-error.ts'
import { TestEars } from './test-harness/clip-ears.ts'
import { joinClips, noiseClip, silenceClip, speechClip } from './test-harness/clip-speech.ts'
import { loadVoiceActivity, type MakeVoiceActivity } from './voice-activity.ts'

let makeVoiceActivity: MakeVoiceActivity
let sentence: Uint8Array
let short: Uint8Array
beforeAll(async () => {
  makeVoiceActivity = await loadVoiceActivity()
  sentence = joinClips(silenceClip(100), await speechClip('I would like to book a table for two'))
  short = joinClips(silenceClip(100), await speechClip('stop it'))
})

const open = (options: Partial<ConstructorParameters<typeof TestEars>[0]> = {}): TestEars =>
  new TestEars({ makeVoiceActivity, ...options })

/** A sentence up to the moment in which its pause is noticed. */
const spoken = (options: Parameters<typeof open>[0] = {}): TestEars => {
  const test = open(options)
  test.play(sentence).silence(1000, 'speech stopped')
  expect(test.heard()).toEqual(['speech started', 'speech stopped'])
  return test
}

describe('a person who speaks while the agent is silent', () => {
  it('is asked for final words at the pause, and answered when they sound finished', () => {
    const test = open()
    test.play(sentence)
    expect(test.provider.finalizes).toBe(0)
    test.silence(1000, 'speech stopped')
    expect(test.provider.finalizes).toBe(1)
    test.final('I would like to book a table for two.').finalized()

    expect(test.all()).toEqual([
      'speech started',
      'speech stopped',
      'shown final: I would like to book a table for two.',
      'utterance: I would like to book a table for two.',
    ])
  })

  it('gives all sound to the provider, also what is no speech', () => {
    const test = open()
    test.silence(500).play(sentence).silence(500)

    expect(test.provider.bytes).toBe(sentence.length + 32_000)
    expect(test.ears.secondsUsed()).toBe(test.provider.bytes / 32_000)
  })

  it('is waited for when the words do not sound finished', () => {
    const test = spoken().final('I would like to book a table and').finalized()
    test.silence(1400)
    expect(test.heard()).toEqual([])
    test.silence(200)

    expect(test.heard()).toEqual(['utterance: I would like to book a table and'])
  })

  it('is waited for from the pause on, however long the provider took', () => {
    const test = spoken().silence(600).final('I would like to book a table').finalized()
    test.silence(60)
    expect(test.heard()).toEqual([])
    test.silence(40)

    expect(test.heard()).toEqual(['utterance: I would like to book a table'])
  })

  it('is waited for less when the provider believes in the end', () => {
    const test = spoken().final('I would like to book a table', true)

    expect(test.heard()).toEqual(['utterance: I would like to book a table'])
  })

  it('is answered at the pause when the provider believed in the end before it', () => {
    const test = open()
    test.play(sentence).final('I would like to book a table for two', true).silence(1000, 'utterance')

    expect(test.heard().at(-1)).toBe('utterance: I would like to book a table for two')
  })

  it('goes on in the wait: both parts are one utterance', () => {
    const test = spoken().final('I would like to book a table and').finalized()
    test.silence(500).play(sentence).silence(1000, 'speech stopped')
    test.final('I would like to see the menu.').finalized()

    expect(test.heard()).toEqual([
      'speech started',
      'speech stopped',
      'utterance: I would like to book a table and I would like to see the menu.',
    ])
  })

  it('goes on before the words are final: the answer to the first pause ends nothing', () => {
    const test = spoken().interim('I would like')
    test.play(sentence).silence(1000, 'speech stopped').interim('to book a table').finalized()
    expect(test.heard()).toEqual(['speech started', 'speech stopped'])
    test.final('I would like to book a table.').finalized()

    expect(test.heard()).toEqual(['utterance: I would like to book a table.'])
  })

  it('is heard although final words never come: what was understood by then counts, and is shown as final', () => {
    const test = spoken().interim('I would like to book a table.')
    test.silence(1900)
    expect(test.heard()).toEqual([])
    test.silence(200)

    expect(test.all()).toEqual([
      'shown final: I would like to book a table.',
      'utterance: I would like to book a table.',
    ])
  })

  it('is not answered for words that the provider takes back', () => {
    const test = spoken().interim('uh').finalized().silence(5000)

    expect(test.heard()).toEqual([])
  })

  it('may say nothing but yes', () => {
    expect(spoken().final('Yes.').finalized().heard()).toEqual(['utterance: Yes.'])
  })

  it('is heard with a voice too quiet for the detector, after a second without words', () => {
    const test = open().interim('I would').interim('I would like a table')
    test.silence(900).final('I would like a table.').silence(900)
    expect(test.heard()).toEqual([])
    test.silence(200)

    expect(test.heard()).toEqual(['utterance: I would like a table.'])
  })

  it('is heard with a quiet voice although only interim words come', () => {
    const test = open().interim('I would like a table.').silence(1020)
    expect(test.provider.finalizes).toBe(1)
    test.silence(2020)

    expect(test.heard()).toEqual(['utterance: I would like a table.'])
  })

  it('is heard in noise that never pauses, when no more words come', () => {
    const test = open()
    test.play(noiseClip(1000, 0.3)).final('I would like a table.').play(noiseClip(2900, 0.3))
    expect(test.heard()).toEqual(['speech started'])
    test.play(noiseClip(200, 0.3))

    expect(test.heard()).toEqual(['utterance: I would like a table.'])
  })

  it('is heard although noise begins behind their words', () => {
    const test = spoken().final('I would like a table and').finalized()
    test.play(noiseClip(3500, 0.3))

    expect(test.heard()).toEqual(['speech started', 'utterance: I would like a table and'])
  })

  it('has stopped when the microphone is switched off in the middle of a word', () => {
    const test = open()
    test.play(sentence, 'speech started')
    test.timers.advance(1000)

    expect(test.heard()).toEqual(['speech started', 'speech stopped'])
  })

  it('speaks on when the process stood still for longer than that: their sound was waiting', () => {
    const test = open()
    test.play(sentence, 'speech started')
    test.timers.oversleep(2000)
    test.playOn()

    expect(test.heard()).toEqual(['speech started'])
  })

  it('is never an utterance of more than 8000 characters', () => {
    const test = spoken()
    for (let at = 0; at < 20; at += 1) test.final('many words '.repeat(100))
    const [utterance = ''] = test.finalized().silence(1600).heard()

    expect(utterance.length).toBeLessThanOrEqual('utterance: '.length + 8000)
    expect(utterance.endsWith(' […]')).toBe(true)
  })
})

describe('noise', () => {
  it.each([0.001, 0.01, 0.03, 0.1, 0.3])('of volume %d never starts a turn', (volume) => {
    const test = open()
    for (let at = 0; at < 5; at += 1) test.play(noiseClip(2000, volume)).silence(800).finalized()

    expect(test.heard().filter((told) => told.startsWith('utterance'))).toEqual([])
  })

  it('while the agent speaks holds it for three seconds at most, and cuts nothing', () => {
    const test = open().agent('speaking')
    test.play(noiseClip(10_000, 0.3))

    expect(test.heard()).toEqual(['hold', 'speech started', 'resume'])
    expect(test.timers.nowMs()).toBe(10_000)
  })
})

describe('words that are late', () => {
  it('go before the next utterance when the person speaks on', () => {
    const test = spoken().final('I would like to book a table.').finalized().final('For two.')
    test.play(short).silence(1000, 'speech stopped').final('And a chair.').finalized()

    expect(test.heard()).toEqual([
      'utterance: I would like to book a table.',
      'speech started',
      'speech stopped',
      'utterance: For two. And a chair.',
    ])
  })

  it('are an utterance of their own when nothing follows', () => {
    const test = spoken().final('I would like to book a table.').finalized().final('For two.')
    expect(test.heard()).toEqual(['utterance: I would like to book a table.'])
    test.silence(1100)

    expect(test.heard()).toEqual(['utterance: For two.'])
  })

  it('are nothing when they only nod', () => {
    const test = spoken().final('I would like to book a table.').finalized().final('Mm-hm.').silence(2000)

    expect(test.heard()).toEqual(['utterance: I would like to book a table.'])
  })

  it('count once: what was taken as interim is not said again', () => {
    const test = spoken().interim('I would like to book a table').silence(2100)
    expect(test.heard()).toEqual(['utterance: I would like to book a table'])
    test.final('I would like to book a table for two.').finalized().silence(1100)

    expect(test.all()).toEqual(['shown final: for two.', 'utterance: for two.'])
  })

  it('cut the answer that was given without them', () => {
    const test = spoken().final('I would like to book a table.').finalized().agent('speaking').final('No, for two.')
    expect(test.heard()).toEqual(['utterance: I would like to book a table.', 'cut'])
    test.silence(1100)

    expect(test.heard()).toEqual(['utterance: No, for two.'])
  })

  it('of a quiet voice are an answer once the agent has spoken', () => {
    const test = spoken().final('I would like to book a table.').finalized().agent('speaking').agent('silent')
    test.final('Yes.').silence(1100)

    expect(test.heard()).toEqual(['utterance: I would like to book a table.', 'utterance: Yes.'])
  })
})

describe('a provider that fails', () => {
  const lost = new ProviderError('unavailable', 'the socket broke')

  it('is told once, and the ears are deaf afterwards', () => {
    const test = open().failed(lost).failed(lost).final('Hello.').interim('Hello')
    const { bytes } = test.provider
    test.play(sentence).silence(2000)

    expect(test.all()).toEqual(['failed: provider.unavailable'])
    expect(test.provider).toEqual({ bytes, finalizes: 0, closes: 1 })
  })

  it('loses nothing that was understood, and leaves nobody speaking', () => {
    const test = open()
    test.play(sentence, 'speech started').final('I would like').interim('to book').failed(lost)

    expect(test.heard()).toEqual([
      'speech started',
      'speech stopped',
      'utterance: I would like to book',
      'failed: provider.unavailable',
    ])
  })

  it('does not hold the agent for ever', () => {
    const test = open().agent('speaking')
    test.play(sentence, 'speech started').failed(lost)

    expect(test.heard()).toEqual(['hold', 'speech started', 'resume', 'speech stopped', 'failed: provider.unavailable'])
  })
})

describe('ears that are closed', () => {
  it('hear nothing, tell nothing and leave nothing running', () => {
    const test = open().agent('speaking')
    test.play(sentence, 'speech started').interim('wait').ears.close()
    test.ears.close()
    test.all()
    test.play(sentence).final('Hello.').finalized().agent('silent').silence(3000)

    expect(test.all()).toEqual([])
    expect(test.timers.waiting).toBe(0)
    expect(test.provider.closes).toBe(1)
  })

  it('close when the session ends, or when it had ended before', () => {
    const session = new AbortController()
    const test = open({ signal: session.signal })
    session.abort()
    expect(test.provider.closes).toBe(1)

    expect(open({ signal: AbortSignal.abort() }).provider.closes).toBe(1)
  })

  it('leave nothing behind, 300 of them on one session', () => {
    const session = new AbortController()
    for (let at = 0; at < 300; at += 1) {
      const test = open({ signal: session.signal }).agent('speaking')
      test.play(short, 'speech started').interim('wait').ears.close()
      expect(test.timers.waiting).toBe(0)
    }

    expect(getEventListeners(session.signal, 'abort')).toHaveLength(0)
  })

  it.each(['speech started', 'speech stopped', 'shown', 'hold', 'resume', 'cut', 'utterance', 'failed'])(
    'may be closed inside of an event: %s',
    (at) => {
      const test: TestEars = open({
        onEvent: (told) => {
          if (told.startsWith(at)) test.ears.close()
        },
      })
      test.agent('speaking').play(short).silence(2000).interim('Wait,').final('Wait.').finalized().silence(2000)
      test.play(short).silence(500).failed(new ProviderError('timeout', 'late'))

      expect(test.told.at(-1)?.startsWith(at)).toBe(true)
      expect(test.timers.waiting).toBe(0)
      expect(test.provider.closes).toBe(1)
    },
  )
})
