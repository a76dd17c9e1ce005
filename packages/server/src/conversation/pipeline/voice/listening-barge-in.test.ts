import { beforeAll, describe, expect, it } from 'vitest'
import { TestEars } from './test-harness/clip-ears.ts'
import { joinClips, silenceClip, speechClip } from './test-harness/clip-speech.ts'
import { loadVoiceActivity, type MakeVoiceActivity } from './voice-activity.ts'

let makeVoiceActivity: MakeVoiceActivity
let sentence: Uint8Array
let nod: Uint8Array
beforeAll(async () => {
  makeVoiceActivity = await loadVoiceActivity()
  sentence = joinClips(silenceClip(100), await speechClip('I would like to book a table for two'))
  nod = joinClips(silenceClip(100), await speechClip('uh-huh'))
})

const open = (options: Partial<ConstructorParameters<typeof TestEars>[0]> = {}): TestEars =>
  new TestEars({ makeVoiceActivity, ...options })

describe('a person who speaks while the agent does', () => {
  it('stops it at once, and is answered when they have finished', () => {
    const test = open().agent('speaking')
    test.play(sentence, 'speech started')
    expect(test.heard()).toEqual(['hold', 'speech started'])
    test.interim('Wait')
    expect(test.heard()).toEqual(['cut'])
    test.playOn().silence(1000, 'speech stopped').final('Wait, I would like a table.').finalized()

    expect(test.heard()).toEqual(['speech stopped', 'utterance: Wait, I would like a table.'])
  })

  it('is cut in for once, however many words follow', () => {
    const test = open().agent('speaking')
    test.play(sentence, 'hold').interim('Wait').interim('Wait, I').final('Wait, I would').interim('like')

    expect(test.heard()).toEqual(['hold', 'speech started', 'cut'])
  })

  it('only nods: the agent goes on when the words are final, and they are no turn', () => {
    const test = open().agent('speaking')
    test.play(nod).silence(1000, 'speech stopped').interim('Uh-huh').final('Uh-huh.').finalized()
    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped', 'resume'])
    test.silence(3000).agent('silent').silence(3000)

    expect(test.heard()).toEqual([])
  })

  it('only makes a noise: the agent goes on when nothing is understood', () => {
    const test = open().agent('speaking')
    test.play(nod).silence(1000, 'speech stopped').finalized()

    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped', 'resume'])
  })

  it('only makes a noise: the agent goes on although the provider never answers', () => {
    const test = open().agent('speaking')
    test.play(nod).silence(1000, 'speech stopped').silence(660)
    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped'])
    test.silence(40)

    expect(test.heard()).toEqual(['resume'])
  })

  it('nods, and the words come after the agent went on: still no turn', () => {
    const test = open().agent('speaking')
    test.play(nod).silence(1000, 'resume').final('Yeah.').silence(1500).agent('silent').finalized().silence(3000)

    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped', 'resume'])
  })

  it('nods, and the words come after the agent has fallen silent: still no turn', () => {
    const test = open().agent('speaking')
    test.play(nod).silence(1000, 'resume').agent('silent').final('Yeah.').finalized().silence(3000)

    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped', 'resume'])
  })

  it('was heard late: words after the agent went on cut it then', () => {
    const test = open().agent('speaking')
    test.play(nod).silence(1000, 'resume').final('Stop.').silence(1100)

    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped', 'resume', 'cut', 'utterance: Stop.'])
  })

  it('nods first and goes on: words cut', () => {
    const test = open().agent('speaking')
    test.play(sentence, 'hold').interim('Yeah')
    expect(test.heard()).toEqual(['hold', 'speech started'])
    test.interim('Yeah but wait')

    expect(test.heard()).toEqual(['cut'])
  })

  it('breathes in between: the pause decides nothing while they speak on', () => {
    const test = open().agent('speaking')
    test.play(nod).silence(1000, 'speech stopped').play(sentence, 'speech started').finalized().interim('Wait')

    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped', 'speech started', 'cut'])
  })

  it('interrupts with a voice too quiet for the detector', () => {
    const test = open().agent('speaking').interim('Mm')
    expect(test.heard()).toEqual([])
    test.interim('Mm, stop')

    expect(test.heard()).toEqual(['cut'])
  })

  it('says yes over the last syllable: it is an answer when the agent falls silent at that moment', () => {
    const test = open().agent('speaking')
    test.play(nod).silence(1000, 'speech stopped').final('Yes.').finalized()
    test.silence(300).agent('silent').silence(40)

    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped', 'resume', 'utterance: Yes.'])
  })

  it('is still speaking when the agent ends by itself: it is an ordinary turn', () => {
    const test = open().agent('speaking')
    test.play(sentence, 'hold').agent('silent').playOn().silence(1000, 'speech stopped')
    test.final('I would like a table.').finalized()

    expect(test.heard()).toEqual([
      'hold',
      'speech started',
      'resume',
      'speech stopped',
      'utterance: I would like a table.',
    ])
  })
})

describe('a person who speaks before the first frame of the answer', () => {
  it('is not spoken over: the answer is held from its beginning, and cut by words', () => {
    const test = open()
    test.play(sentence, 'speech started').agent('speaking')
    expect(test.heard()).toEqual(['speech started', 'hold'])
    test.interim('Actually')

    expect(test.heard()).toEqual(['cut'])
  })

  it('has said words already: the answer is cut at once', () => {
    const test = open()
    test.play(sentence, 'speech started').interim('Actually, two tables').agent('speaking')

    expect(test.heard()).toEqual(['speech started', 'cut'])
  })

  it('made a noise: the answer goes on', () => {
    const test = open()
    test.play(nod, 'speech started').agent('speaking').silence(1000, 'speech stopped').finalized()

    expect(test.heard()).toEqual(['speech started', 'hold', 'speech stopped', 'resume'])
  })
})

describe('the interruption policy', () => {
  it('never: nothing stops the agent, and words are answered when it has finished', () => {
    const test = open({ profile: { interruption_policy: 'never' } }).agent('speaking')
    test.play(sentence).silence(1000, 'speech stopped').final('Wait, a table.').finalized().silence(5000)
    expect(test.heard()).toEqual(['speech started', 'speech stopped'])
    test.agent('silent').silence(40)

    expect(test.heard()).toEqual(['utterance: Wait, a table.'])
  })

  it('never: a nod is no turn', () => {
    const test = open({ profile: { interruption_policy: 'never' } }).agent('speaking')
    test.play(nod).silence(1000, 'speech stopped').final('Uh-huh.').finalized().silence(2000).agent('silent')
    test.silence(3000)

    expect(test.heard()).toEqual(['speech started', 'speech stopped'])
  })

  it('min_words: holds at speech, cuts at so many words', () => {
    const test = open({ profile: { interruption_policy: 'min_words', min_words_before_interrupt: 3 } })
    test.agent('speaking').play(sentence, 'hold').interim('Wait').interim('Wait a')
    expect(test.heard()).toEqual(['hold', 'speech started'])
    test.interim('Wait a moment')

    expect(test.heard()).toEqual(['cut'])
  })

  it('min_words: fewer words let the agent go on, and are answered when it has finished', () => {
    const test = open({ profile: { interruption_policy: 'min_words', min_words_before_interrupt: 3 } })
    test.agent('speaking').play(nod).silence(1000, 'speech stopped').final('Not that.').finalized().silence(2000)
    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped', 'resume'])
    test.agent('silent').silence(40)

    expect(test.heard()).toEqual(['utterance: Not that.'])
  })

  it('spares the greeting where the profile says so, and only the greeting', () => {
    const test = open({ profile: { first_message_interruptible: false } }).agent('first_message')
    test.play(sentence).silence(1000, 'speech stopped').final('Hello, a table.').finalized().silence(2000)
    expect(test.heard()).toEqual(['speech started', 'speech stopped'])
    test.agent('silent').silence(40)
    expect(test.heard()).toEqual(['utterance: Hello, a table.'])
    test.agent('speaking').play(sentence, 'speech started')

    expect(test.heard()).toEqual(['hold', 'speech started'])
  })

  it('does not spare the greeting otherwise', () => {
    const test = open().agent('first_message')
    test.play(sentence, 'speech started').interim('Hello, a table')

    expect(test.heard()).toEqual(['hold', 'speech started', 'cut'])
  })
})

describe('a provider without interim words', () => {
  /** Its first utterance has shown what it is like. */
  const withoutInterims = (profile: ConstructorParameters<typeof TestEars>[0]['profile'] = {}): TestEars => {
    const test = open({ profile })
    test.play(sentence).silence(1000, 'speech stopped').final('I would like a table.').finalized().heard()
    return test.agent('speaking')
  }

  it('is cut in on by speech of a second under the policy always', () => {
    const test = withoutInterims().play(sentence)

    expect(test.heard()).toEqual(['hold', 'speech started', 'cut'])
  })

  it('is not by a nod', () => {
    const test = withoutInterims().play(nod).silence(1000, 'speech stopped').final('Uh-huh.').finalized()

    expect(test.heard()).toEqual(['hold', 'speech started', 'speech stopped', 'resume'])
  })

  it('is not where words are counted', () => {
    const test = withoutInterims({ interruption_policy: 'min_words' }).play(sentence)

    expect(test.heard()).not.toContain('cut')
  })
})
