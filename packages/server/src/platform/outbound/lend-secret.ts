/**
 * What the door needs of a secret: to have it opened, and its bytes, lent for the time of one call. `unseal` is called before
 * the first `use`; it may ask a key service, and calling it again costs nothing. `use` throws where nothing has been opened.
 */
export type LentSecret = {
  readonly unseal: () => Promise<void>
  readonly use: <Result>(work: (bytes: Uint8Array) => Result) => Result
}

/** A header that carries a secret, as in `{ name: 'authorization', prefix: 'Bearer ', secret }`. */
export type SecretHeader = { readonly name: string; readonly prefix: string; readonly secret: LentSecret }
