import { describe, expect, it } from 'vitest'
import { maskKeys } from './mask-keys.ts'

describe('what looks like a key', () => {
  it.each([
    `sk-proj-${'a1'.repeat(12)}`,
    `sk_live_${'a1'.repeat(12)}`,
    `ghp_${'aB3'.repeat(12)}`,
    `xoxb-${'123-'.repeat(6)}abc`,
    'AKIAABCDEFGHIJKLMNOP',
    `AIza${'Sy_'.repeat(12)}`,
    `Bearer ${'abc.'.repeat(6)}`,
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLWl0',
    `-----BEGIN RSA PRIVATE KEY-----\n${'QUJD\n'.repeat(8)}-----END RSA PRIVATE KEY-----`,
  ])('is masked: %s', (key) => {
    expect(maskKeys(`it is ${key}.`)).toMatch(/^it is \[secret\]\.?$/)
  })

  it.each([
    '550e8400-e29b-41d4-a716-446655440000',
    'RC-101, order 2024-11-30-000123456789',
    'https://clinic.example/visits/2f1c9a?day=monday',
    'key-features, secret-santa, api_version, sk-fold.de',
    'Bearer of good news; basic understanding',
    'a'.repeat(200),
    'eyJ',
  ])('is none of these: %s', (text) => {
    expect(maskKeys(text)).toBe(text)
  })
})
