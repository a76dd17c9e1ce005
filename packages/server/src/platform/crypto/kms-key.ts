/** A key of AWS KMS as an operator names it. An alias is none: it can be pointed at another key, and then nothing opens. */
export type KmsKey = {
  /** What rows keep: the id without account and region, the same in every replica of a multi-Region key. */
  readonly id: string
  /** What KMS is asked with: the ARN or the id, as configured. */
  readonly name: string
  /** Of the ARN; undefined for a bare id. */
  readonly region: string | undefined
}

const id = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}'
const pattern = new RegExp(`^(?:arn:aws[a-z-]*:kms:([a-z0-9-]+):\\d{12}:key/)?(${id})$`)

/** Reads an id or an ARN of a key; undefined for anything else. */
export function parseKmsKey(text: string): KmsKey | undefined {
  const match = pattern.exec(text)
  const [, region, keyId] = match ?? []
  return keyId === undefined ? undefined : { id: keyId, name: text, region }
}

/** Whether an answer's KeyId, which is an ARN, is that of this key. */
export function isSameKmsKey(key: KmsKey, answered: string): boolean {
  if (answered === key.name) return true
  return key.region === undefined && parseKmsKey(answered)?.id === key.id
}
