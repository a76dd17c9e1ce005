import { createHmac, createPublicKey, verify } from 'node:crypto'
import type { Arrival } from './receiver.ts'

const spkiHead = Buffer.from('302a300506032b6570032100', 'hex')

/** Whether one of the signatures of the request was made with this `whsec_` secret or by the owner of this `whpk_` key. */
export function isSignedBy({ headers, id, body }: Arrival, key: string): boolean {
  const content = Buffer.concat([Buffer.from(`${id}.${String(headers['webhook-timestamp'])}.`), body])
  const signatures = String(headers['webhook-signature']).split(' ')
  if (key.startsWith('whsec_')) {
    const mac = createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64')).update(content)
    return signatures.includes(`v1,${mac.digest('base64')}`)
  }
  const spki = Buffer.concat([spkiHead, Buffer.from(key.slice('whpk_'.length), 'base64')])
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return signatures
    .filter((one) => one.startsWith('v1a,'))
    .some((one) => verify(null, content, publicKey, Buffer.from(one.slice('v1a,'.length), 'base64')))
}
