/**
 * The keyring file: every key that wraps something. One entry per key and purpose.
 *
 * Threat: the database alone opens what it holds; a key of one purpose opens the data of another.
 * Rule: keys lie in one file outside the database, mode 0600, made only where none is and never overwritten: of two
 * processes that start at once one makes it and both read it. Epoch keys (personal data) are entries of their own and
 * are never the key-encryption key of credentials: an id belongs to one purpose, a key stands there once, and a look-up
 * names the purpose it is for. A key is added by a command on the host, which replaces the file as a whole.
 * On failure: a file that others can read is a StartupRefusal; a missing entry is keyring.key_missing with its id.
 */
import { z } from 'zod'
import { AppError } from '../../kernel/app-error.ts'
import type { Clock } from '../../kernel/clock.ts'
import { parseJson } from '../../kernel/parse-json.ts'
import { StartupRefusal } from '../../kernel/startup-refusal.ts'
import { createSecretFile } from './create-secret-file.ts'
import { hkdf } from './hkdf.ts'
import { lengthPrefixed } from './length-prefixed.ts'
import { type RandomBytes, systemRandomBytes } from './random-bytes.ts'
import { readPrivateFile } from './read-private-file.ts'
import { replaceSecretFile } from './replace-secret-file.ts'
import { Secret } from './secret.ts'

/** What a key of the ring may wrap or authenticate; no key has two purposes. */
export const keyPurposes = ['credentials', 'epoch', 'api_key_pepper', 'signing'] as const
export type KeyPurpose = (typeof keyPurposes)[number]

const entrySchema = z
  .strictObject({
    id: z.string().regex(/^[a-z_]+-[1-9]\d{0,6}$/),
    purpose: z.enum(keyPurposes),
    /** `active` seals and opens; `retiring` opens only. */
    state: z.enum(['active', 'retiring']),
    /** 32 bytes in their one base64url spelling, or the same key could stand here twice unnoticed. */
    key: z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/),
    created_at: z.iso.datetime(),
  })
  .refine(({ id, purpose }) => id.startsWith(`${purpose}-`), { message: 'the id of a key begins with its purpose' })

const fileSchema = z.strictObject({ format: z.literal(1), entries: z.array(entrySchema).min(1).max(10_000) })
export type KeyringFile = z.infer<typeof fileSchema>

export type KeyringEntry = {
  readonly id: string
  readonly purpose: KeyPurpose
  readonly state: 'active' | 'retiring'
  readonly key: Secret
}

export class Keyring {
  #entries: ReadonlyMap<string, KeyringEntry>

  constructor(entries: readonly KeyringEntry[]) {
    this.#entries = byId(entries)
  }

  /** The keys as they are now. One that follows its file looks there first; `wanted` is the id that is asked for. */
  protected entries(_wanted?: string): ReadonlyMap<string, KeyringEntry> {
    return this.#entries
  }

  protected replaceEntries(entries: readonly KeyringEntry[]): void {
    this.#entries = byId(entries)
  }

  /** The newest key that seals for this purpose: the one with the highest number, wherever it stands in the file. */
  active(purpose: KeyPurpose): KeyringEntry {
    const [entry] = [...this.entries().values()]
      .filter((one) => one.purpose === purpose && one.state === 'active')
      .sort((one, other) => keyNumber(other.id) - keyNumber(one.id))
    if (entry === undefined) throw new AppError('keyring.key_missing', `the keyring has no active key for ${purpose}`)
    return entry
  }

  /** The key of this id, only for its own purpose. */
  find(purpose: KeyPurpose, id: string): KeyringEntry {
    const entry = this.entries(id).get(id)
    if (entry?.purpose !== purpose)
      throw new AppError('keyring.key_missing', `the keyring has no key ${id} for ${purpose}`)
    return entry
  }

  /** Whether there is a key of this id for this purpose; for whom a missing one is no failure but a refusal. */
  holds(purpose: KeyPurpose, id: string): boolean {
    return this.entries(id).get(id)?.purpose === purpose
  }

  /** Whether the active key is newer than the one of this id: what was made under that one should move on. */
  hasNewer(purpose: KeyPurpose, id: string): boolean {
    return keyNumber(this.active(purpose).id) > keyNumber(this.find(purpose, id).id)
  }

  /** What tells whether another keyring holds the same keys, and nothing else about them. */
  fingerprints(): readonly { readonly id: string; readonly fingerprint: string }[] {
    return [...this.entries().values()].map(({ id, key }) => ({
      id,
      fingerprint: key
        .use((bytes) =>
          hkdf({ key: bytes, salt: Buffer.alloc(0), info: lengthPrefixed(['hyponema fingerprint', id]), length: 16 }),
        )
        .toString('hex'),
    }))
  }

  destroy(): void {
    for (const entry of this.#entries.values()) entry.key.destroy()
  }
}

function byId(entries: readonly KeyringEntry[]): ReadonlyMap<string, KeyringEntry> {
  return new Map(entries.map((entry) => [entry.id, entry]))
}

/** Of two keys of a purpose the one with the higher number was made later. */
export function keyNumber(id: string): number {
  return Number(id.slice(id.lastIndexOf('-') + 1))
}

export function renderKeyringFile(entries: KeyringFile['entries']): string {
  return `${JSON.stringify({ format: 1, entries }, undefined, 2)}\n`
}

/** Reads the keyring; undefined where there is none. For commands that must not make one. */
export async function loadKeyring(path: string): Promise<Keyring | undefined> {
  const text = await readPrivateFile(path)
  return text === undefined ? undefined : parseKeyring(path, text)
}

/** Reads the keyring, or makes one with a first key of each purpose where there is no file yet. */
export async function loadOrCreateKeyring(
  path: string,
  options: { clock: Clock; random?: RandomBytes },
): Promise<Keyring> {
  const text = await readPrivateFile(path)
  if (text !== undefined) return parseKeyring(path, text)
  const random = options.random ?? systemRandomBytes
  const file: KeyringFile = {
    format: 1,
    entries: keyPurposes.map((purpose) => ({
      id: `${purpose}-1`,
      purpose,
      state: 'active',
      key: random(32).toString('base64url'),
      created_at: new Date(options.clock.nowMs()).toISOString(),
    })),
  }
  await createSecretFile(path, renderKeyringFile(file.entries))
  // Read back, because another process may have been first.
  const written = await readPrivateFile(path)
  if (written === undefined)
    throw new StartupRefusal(`${path} vanished while it was made; look who removes files there.`)
  return parseKeyring(path, written)
}

/**
 * Adds the next key of a purpose to the file, as the active one, and returns its id; those before it open and seal nothing
 * more. `announce` hears the id before anything is written, and what it throws keeps it from being written. Processes
 * that run follow within a second.
 */
export async function addKeyringKey(
  path: string,
  options: { purpose: KeyPurpose; clock: Clock; random?: RandomBytes; announce: (id: string) => Promise<void> },
): Promise<string> {
  const { purpose, clock } = options
  return replaceSecretFile(path, async (text) => {
    const { entries } = readKeyringFile(path, text)
    const own = entries.filter((entry) => entry.purpose === purpose)
    const id = `${purpose}-${Math.max(0, ...own.map(({ id: one }) => keyNumber(one))) + 1}`
    const added: z.infer<typeof entrySchema> = {
      id,
      purpose,
      state: 'active',
      key: (options.random ?? systemRandomBytes)(32).toString('base64url'),
      created_at: new Date(clock.nowMs()).toISOString(),
    }
    const older = entries.map((entry) => (entry.purpose === purpose ? { ...entry, state: 'retiring' as const } : entry))
    const changed = renderKeyringFile([...older, added])
    readKeyringFile(path, changed)
    await options.announce(id)
    return { text: changed, made: id }
  })
}

function parseKeyring(path: string, text: string): Keyring {
  return new Keyring(parseKeyringEntries(path, text))
}

/** The keys of the file's text; a StartupRefusal where it is damaged. */
export function parseKeyringEntries(path: string, text: string): readonly KeyringEntry[] {
  return readKeyringFile(path, text).entries.map(({ id, purpose, state, key }) => {
    const bytes = Buffer.from(key, 'base64url')
    const secret = new Secret(bytes)
    bytes.fill(0)
    return { id, purpose, state, key: secret }
  })
}

/** The file as it is written, keys included. For the commands that change it. */
export function readKeyringFile(path: string, text: string): KeyringFile {
  const parsed = fileSchema.safeParse(parseJson(text))
  if (!parsed.success) {
    throw new StartupRefusal(
      `${path} is damaged; restore it from your copy, because without it nothing that is sealed can be opened.`,
    )
  }
  const { entries } = parsed.data
  if (
    new Set(entries.map(({ id }) => id)).size !== entries.length ||
    new Set(entries.map(({ key }) => key)).size !== entries.length
  ) {
    throw new StartupRefusal(`${path} holds the same id or the same key twice; restore it from your copy.`)
  }
  return parsed.data
}
