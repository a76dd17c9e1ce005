import type { ReadSource } from '../fold/read-source.ts'
import { decodeReference } from '../spoken/decode-reference.ts'

const reference = /&[#\w]{1,18};/g
const unseen = /^[\p{Default_Ignorable_Code_Point}\p{Cf}]$/u

/** The same text with the characters that references of HTML stand for: "4111&#32;1111" is drawn as a number with a blank. */
export function readReferences(source: ReadSource): ReadSource {
  if (!source.text.includes('&')) return source
  const parts: string[] = []
  const [starts, ends]: [number[], number[]] = [[], []]
  let done = 0
  const add = (characters: string, from: number, to: number): void => {
    parts.push(characters)
    for (let place = 0; place < characters.length; place += 1) {
      const isAsWritten = characters.length === to - from
      starts.push(source.startOf(isAsWritten ? from + place : from))
      ends.push(source.endOf(isAsWritten ? from + place + 1 : to))
    }
  }
  for (const { 0: written, index } of source.text.matchAll(reference)) {
    const code = decodeReference(written)
    if (code === undefined) continue
    add(source.text.slice(done, index), done, index)
    done = index + written.length
    const character = String.fromCodePoint(code)
    if (!unseen.test(character)) add(character, index, done)
  }
  if (done === 0) return source
  add(source.text.slice(done), done, source.text.length)
  return {
    text: parts.join(''),
    startOf: (place) => starts[place] ?? source.startOf(source.text.length),
    endOf: (place) => (place === 0 ? 0 : (ends[place - 1] ?? source.endOf(source.text.length))),
  }
}
