import { errorCatalogue, permissions } from '@hyponema/contract'
import { describe, expect, it } from 'vitest'
import { nouns, platformErrorPrefixes, snake } from './nouns.ts'

describe('one noun everywhere', () => {
  const prefixes = new Set([...Object.values(nouns).map((noun) => noun.singular), ...platformErrorPrefixes])
  const permissionPrefixes = new Set(
    Object.entries(nouns).flatMap(([folder, noun]) => [snake(folder), ...(noun.permissions ?? [])]),
  )

  it.each(Object.keys(errorCatalogue))('the error code %s begins with a noun or a part of the platform', (code) => {
    expect(code).toMatch(/^[a-z_]+\.[a-z_]+$/)
    expect([...prefixes]).toContain(code.split('.')[0])
  })

  it.each(Object.keys(permissions))('the permission %s begins with a noun', (permission) => {
    expect(permission).toMatch(/^[a-z_]+:(read|write|admin)$/)
    expect([...permissionPrefixes]).toContain(permission.split(':')[0])
  })
})
