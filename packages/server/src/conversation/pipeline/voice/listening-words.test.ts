import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beyondTaken, countWords } from './listening-overlap.ts'
import { ListeningWords } from './listening-words.ts'

describe('what a text says beyond what was taken', () => {
  it.each([
    ['I want to book a table.', 'I want to book', 'a table.'],
    ['I want to book, please.', 'i want to book', 'please.'],
    ['I want to book.', 'I want to book', ''],
    ['I want an appointment please', 'I want an apartment', 'please'],
    ['Want to book a table', 'uh want to book', 'a table'],
    ['I want two tables now', 'I want to', 'tables now'],
    ['something else', '', 'something else'],
    ['予約したいです', '予約したい', 'です'],
  ])('%s beyond %s', (text, taken, fresh) => {
    expect(beyondTaken(text, taken).fresh).toBe(fresh)
  })

  it('says what of the taken words is still to come', () => {
    expect(beyondTaken('I want', 'I want to book')).toMatchObject({ fresh: '', left: 'to book' })
  })

  it('is the rest, for every text and every beginning of it', () => {
    const sentence = fc.array(fc.constantFrom('one', 'two', 'red', 'blue', 'go'), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(sentence, fc.nat(12), (words, count) => {
        const taken = words.slice(0, count)
        expect(beyondTaken(words.join(' '), taken.join(' ')).fresh).toBe(words.slice(count).join(' '))
      }),
    )
  })

  it('stays quick with texts of 8000 characters', () => {
    const startedMs = performance.now()
    beyondTaken('a '.repeat(4000), 'b '.repeat(4000))
    beyondTaken('a '.repeat(4000), 'b '.repeat(199))
    expect(performance.now() - startedMs).toBeLessThan(1000)
  })

  it('counts words, in languages without spaces too', () => {
    expect([countWords("I'm fine, thanks."), countWords('...')]).toEqual([3, 0])
    expect(countWords('予約したい')).toBeGreaterThan(1)
  })
})

describe('the words of a person', () => {
  it('are the final ones and the interim ones behind them', () => {
    const words = new ListeningWords()
    words.final('Hello.')
    words.interim('I wan')
    words.interim('I want')

    expect(words.text).toBe('Hello. I want')
    expect(words.take()).toEqual({ text: 'Hello. I want', unconfirmed: 'I want' })
    expect(words.isEmpty).toBe(true)
  })

  it('that were taken as interim ones do not count again when they become final', () => {
    const words = new ListeningWords()
    words.interim('I want to book')
    words.take()

    expect(words.interim('I want to book a')).toBe('a')
    expect(words.final('I want to book a table.')).toBe('a table.')
    expect(words.take().text).toBe('a table.')
    expect(words.final('I want to book two.')).toBe('I want to book two.')
  })

  it('that were taken as interim ones may become final in pieces', () => {
    const words = new ListeningWords()
    words.interim('I want to book a table')
    words.take()

    expect([words.final('I want'), words.final('to book'), words.final('a table for two')]).toEqual(['', '', 'for two'])
  })

  it('are whole again after everything was made final', () => {
    const words = new ListeningWords()
    words.interim('yes please')
    words.take()
    words.finalized()

    expect(words.final('yes please')).toBe('yes please')
  })

  it('are new ones after new speech, unless they look like those that were taken', () => {
    const other = new ListeningWords()
    other.interim('book a table')
    other.take()
    other.speechStarted()
    expect(other.final('tomorrow morning')).toBe('tomorrow morning')

    const same = new ListeningWords()
    same.interim('book a table')
    same.take()
    same.speechStarted()
    expect(same.final('book the table tomorrow')).toBe('tomorrow')
  })

  it('that the provider takes back are none', () => {
    const words = new ListeningWords()
    words.interim('uh')
    words.finalized()

    expect(words.isEmpty).toBe(true)
  })

  it('are never more than 8000 characters, and say where they were cut', () => {
    const words = new ListeningWords()
    for (let at = 0; at < 100; at += 1) words.final('word '.repeat(100))
    words.interim('x'.repeat(20_000))

    expect(words.text.length).toBeLessThanOrEqual(8000)
    expect(words.text.endsWith(' […]')).toBe(true)
    expect(words.text.split('[…]')).toHaveLength(2)
  })

  it('are neither lost nor doubled, however they are taken in between', () => {
    const spoken = fc.uniqueArray(fc.stringMatching(/^[a-z]{3,6}$/), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(spoken, fc.nat(10), (all, at) => {
        const words = new ListeningWords()
        const heard: string[] = []
        words.interim(all.slice(0, at).join(' '))
        heard.push(words.take().text)
        words.interim(all.join(' '))
        heard.push(words.take().text)
        words.final(all.join(' '))
        heard.push(words.take().text)
        expect(heard.filter((text) => text !== '').join(' ')).toBe(all.join(' '))
      }),
    )
  })
})
