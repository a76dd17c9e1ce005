/**
 * What all key services of others have in common.
 *
 * Threat: a service that is down, hostile or another one than we think makes us lose a key, store what never opens, or take
 * bytes for a key that are none.
 * Rule: a service gives exactly 32 bytes or it gave nothing; what it wrapped is kept only when the answer names the key that
 * was asked for; only ids of the configured keys are ever sent to it.
 * On failure: keyring.key_missing with the id for everything that another moment or another setting may mend,
 * credential.sealed_unreadable for what the service says was never wrapped like this. Nothing of an answer reaches an error.
 * Data keys pass through JSON in both directions: those texts are garbage that cannot be wiped. Credentials never do.
 */
import { AppError } from '../../kernel/app-error.ts'
import type { WrapContext, WrapPurpose } from './key-service.ts'
import { lengthPrefixed } from './length-prefixed.ts'
import { Secret } from './secret.ts'
import type { CallService, ServiceAnswer, ServiceRequest } from './service-call.ts'
import { keyUnreachable, notUnwrapped } from './service-failures.ts'

/** Every key that we have wrapped elsewhere is a data key of AES-256. */
const dataKeyBytes = 32

/** Binds a wrap in a service to its purpose, key and context, unambiguously. */
export function boundContext(purpose: WrapPurpose, keyId: string, context: WrapContext): string {
  return lengthPrefixed(['hyponema wrap', purpose, keyId, ...context]).toString('base64')
}

/** The answer to `request`, or keyring.key_missing for the key that it was about. */
export async function askService(call: CallService, keyId: string, request: ServiceRequest): Promise<ServiceAnswer> {
  try {
    return await call(request)
  } catch (error) {
    if (error instanceof AppError) throw keyUnreachable(keyId, error.message)
    throw error
  }
}

/** A data key as a service sends it. */
export function readDataKey(keyId: string, base64: string): Secret {
  const bytes = Buffer.from(base64, 'base64')
  try {
    if (bytes.length !== dataKeyBytes) throw notUnwrapped(keyId, 'the service gave something that is no data key')
    return new Secret(bytes)
  } finally {
    bytes.fill(0)
  }
}
