/** Mail addresses: from each `@`, what may stand before it and the name of a host behind it. */
import type { PiiPlace } from './pii-place.ts'

/** RFC 5321, 4.5.3.1: 64 before the sign, 255 behind it. */
const maxLocal = 64
const maxHost = 255
const localCharacter = /[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.-]/u
const host =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.){1,8}(?:xn--[a-z0-9-]{1,59}|[\p{L}\p{M}]{2,63})(?![\p{L}\p{N}])/iu
const numericHost = /^\[(?:ipv6:)?[0-9a-f:.]{3,45}\]/i

export function findEmails(text: string): readonly PiiPlace[] {
  const found: PiiPlace[] = []
  for (let sign = text.indexOf('@'); sign >= 0; sign = text.indexOf('@', sign + 1)) {
    let start = sign
    while (start > 0 && sign - start < maxLocal && localCharacter.test(text.charAt(start - 1))) start -= 1
    while (start < sign && /[.'/=]/.test(text.charAt(start))) start += 1
    const behind = text.slice(sign + 1, sign + 1 + maxHost)
    const name = host.exec(behind)?.[0] ?? numericHost.exec(behind)?.[0]
    if (start === sign || name === undefined) continue
    found.push({ kind: 'email', start, end: sign + 1 + name.length })
  }
  return found
}
