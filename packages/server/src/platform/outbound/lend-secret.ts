/** What the door needs of a secret: its bytes, lent for the time of one call. `Secret` of platform/crypto is one. */
export type LentSecret = { readonly use: <Result>(work: (bytes: Uint8Array) => Result) => Result }

/** A header that carries a secret, as in `{ name: 'authorization', prefix: 'Bearer ', secret }`. */
export type SecretHeader = { readonly name: string; readonly prefix: string; readonly secret: LentSecret }
