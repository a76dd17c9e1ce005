import type { Uuid } from '@hyponema/contract'
import { z } from 'zod'
import type { UserContentKey } from '../../guards/content-keys.ts'
import type { ContentPurpose, SealedContent } from '../../platform/crypto/sealed-content.ts'

export type Profile = Readonly<Record<string, string>> | null

const storedProfileSchema = z.record(z.string(), z.string())

export function sealProfile(key: UserContentKey, userId: Uuid, profile: Profile): SealedContent | null {
  return profile === null
    ? null
    : key.seal({ table: 'users', column: 'profile', rowId: userId }, JSON.stringify(profile))
}

export function openProfile(key: UserContentKey, userId: Uuid, sealed: SealedContent | null, purpose: ContentPurpose) {
  if (sealed === null) return null
  return storedProfileSchema.parse(
    JSON.parse(key.open({ table: 'users', column: 'profile', rowId: userId }, sealed, purpose)),
  )
}

export function sealExternalId(key: UserContentKey, userId: Uuid, externalId: string): SealedContent {
  return key.seal({ table: 'users', column: 'external_id', rowId: userId }, externalId)
}

export function openExternalId(
  key: UserContentKey,
  userId: Uuid,
  sealed: SealedContent,
  purpose: ContentPurpose,
): string {
  return key.open({ table: 'users', column: 'external_id', rowId: userId }, sealed, purpose)
}
