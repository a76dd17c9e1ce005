import { randomBytes as nodeRandomBytes } from 'node:crypto'

/** Where random bytes come from; an argument, so that tests can fix it. */
export type RandomBytes = (length: number) => Buffer

export const systemRandomBytes: RandomBytes = (length) => nodeRandomBytes(length)
