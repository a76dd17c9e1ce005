/** How a module is reached. All of them count: a wall that only knows `import` statements is climbed with `require`. */
export type EdgeForm = 'import' | 're-export' | 'dynamic' | 'require' | 'builtin' | 'worker' | 'type'

export type Edge = {
  readonly form: EdgeForm
  /** Undefined when it is computed at run time, so that nobody can say where it leads. */
  readonly specifier: string | undefined
  /** What is taken by name; `*` where the whole module is. */
  readonly names: readonly string[]
  /** Whether nothing of it exists at run time. */
  readonly typeOnly: boolean
  readonly line: number
}

/** A use of a global (`process.env`, `fetch`) or of an imported binding (`node:crypto#randomBytes`). */
export type Reference = {
  readonly path: string
  readonly use: 'read' | 'call' | 'new'
  readonly argumentCount: number
  readonly line: number
}

/** A place where a value gets a type that the compiler did not prove: `as`, `<T>x`, or `x is T`. */
export type Claim = { readonly typeName: string; readonly form: 'as' | 'predicate'; readonly line: number }

/** `receiver.method(...)`, with the source text of its first argument. */
export type MethodCall = { readonly method: string; readonly firstArgument: string | undefined; readonly line: number }

/** `key: 'text'` or `key: ['text', ...]` in an object, or a constant of that name. */
export type Property = { readonly key: string; readonly values: readonly string[]; readonly line: number }

export type Text = { readonly value: string; readonly line: number }

/** One file as the walls see it; only scripts have more than text. */
export type Source = {
  /** From the root of the repository, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lineCount: number
  readonly edges: readonly Edge[]
  readonly references: readonly Reference[]
  readonly claims: readonly Claim[]
  readonly methodCalls: readonly MethodCall[]
  /** Names of types that are made with `Brand<...>`. */
  readonly brands: readonly string[]
  readonly properties: readonly Property[]
  readonly strings: readonly Text[]
  readonly comments: readonly Text[]
}
