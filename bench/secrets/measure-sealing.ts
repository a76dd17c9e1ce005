import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { systemClock } from '../../packages/server/src/kernel/clock.ts'
import { idMaker } from '../../packages/server/src/kernel/new-id.ts'
import {
  type CredentialPlace,
  createCredentialSealer,
  type SealedCredential,
} from '../../packages/server/src/platform/crypto/credential-sealer.ts'
import type { KeyService } from '../../packages/server/src/platform/crypto/key-service.ts'
import { Secret } from '../../packages/server/src/platform/crypto/secret.ts'
import { alternatingPairs } from '../boundary/alternating-pairs.ts'

/** Times a second: of ours, and of AES-256-GCM alone on the same bytes under a key that is there. */
export type SealingPair = readonly [oursPerSecond: number, controlPerSecond: number]

/** As long as a provider key of OpenAI. */
const plain = Buffer.alloc(164, 'k')

export async function measureSealing(
  keys: KeyService<'credentials'>,
  options: { pairs: number; times: number },
): Promise<{ readonly seals: readonly SealingPair[]; readonly opens: readonly SealingPair[] }> {
  const { seal, open } = createCredentialSealer(keys)
  const newId = idMaker(systemClock)
  const secret = new Secret(plain)
  const made: { place: CredentialPlace; sealed: SealedCredential }[] = []
  const sealAll = () =>
    perSecond(options.times, async (number) => {
      const place: CredentialPlace = { workspaceId: newId(), credentialId: newId(), version: 1, kind: 'model' }
      const sealed = await seal(place, secret)
      if (number < 1000) made[number] = { place, sealed }
    })
  const openAll = () =>
    perSecond(options.times, async (number) => {
      const one = made[number % made.length]
      if (one === undefined) throw new Error('nothing has been sealed')
      const opened = await open(one.place, one.sealed)
      opened.destroy()
    })
  const control = bareCipher()
  await sealAll()
  await openAll()
  const encryptAll = () => perSecond(options.times, control.encrypt)
  const decryptAll = () => perSecond(options.times, control.decrypt)
  return {
    seals: await alternatingPairs(options.pairs, sealAll, encryptAll),
    opens: await alternatingPairs(options.pairs, openAll, decryptAll),
  }
}

function bareCipher() {
  const key = randomBytes(32)
  const nonce = randomBytes(12)
  const encrypt = () => {
    const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12))
    return { body: Buffer.concat([cipher.update(plain), cipher.final()]), tag: cipher.getAuthTag() }
  }
  const fixed = createCipheriv('aes-256-gcm', key, nonce)
  const body = Buffer.concat([fixed.update(plain), fixed.final()])
  const tag = fixed.getAuthTag()
  return {
    encrypt: async () => void encrypt(),
    decrypt: async () => {
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAuthTag(tag)
      decipher.update(body)
      decipher.final()
    },
  }
}

async function perSecond(times: number, work: (number: number) => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  for (let number = 0; number < times; number += 1) await work(number)
  return times / ((performance.now() - startedMs) / 1000)
}
