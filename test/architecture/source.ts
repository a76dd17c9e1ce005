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
  /** Those of the names that are types, where others beside them are not. */
  readonly typeNames?: readonly string[]
  readonly line: number
}

/** A use of a global (`process.env`, `fetch`) or of an imported binding (`node:crypto#randomBytes`). */
export type Reference = {
  readonly path: string
  readonly use: 'read' | 'call' | 'new' | 'tag'
  readonly argumentCount: number
  /** Whether the first argument is text that stands there. */
  readonly textArgument: boolean
  readonly line: number
}

/** Names of types, as they are written: `Cleared`, `kernel.Cleared`, or `./cleared.ts#Cleared` for `import('./cleared.ts').Cleared`. */
type TypeNames = readonly string[]

/**
 * A place where a value gets a type that the compiler did not prove: a cast, `x is T`, `x satisfies T`, a type argument
 * of a call, what an overload or an ambient declaration says it returns, or an annotation on a value of type `any`.
 */
export type Claim = {
  readonly form: 'cast' | 'predicate' | 'satisfies' | 'argument' | 'unproved' | 'any'
  /** The source text of the type. */
  readonly type: string
  readonly mentions: TypeNames
  /** Whether it names a type parameter or `typeof` something, so that it may be any type. */
  readonly isOpen: boolean
  readonly line: number
}

/** `type Name = ...` or `interface Name`: what it mentions, and the names of the brands that it makes. */
export type TypeDeclaration = {
  readonly name: string
  readonly mentions: TypeNames
  /** `*` for the name of a brand that is no literal. */
  readonly brands: readonly string[]
  readonly line: number
}

/** A name that comes from another module, goes out of this one, or both; `*` is the whole of it. */
export type Binding = {
  readonly local: string | undefined
  readonly exported: string | undefined
  readonly from: string | undefined
  readonly name: string
}

/** Every mention of a member by name: `x.name`, `x['name']`, `{ name } = x`, or the bare text `'name'`. */
export type Member = {
  readonly name: string
  /** `text` is the bare name as a string, wherever it stands. */
  readonly form: 'call' | 'read' | 'taken' | 'text'
  /** What it is read from, as it is written; for `text` the method whose argument it is. */
  readonly receiver: string
  /** The arguments of a call, as they are written. */
  readonly given: readonly string[]
  readonly line: number
}

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
  readonly members: readonly Member[]
  readonly types: readonly TypeDeclaration[]
  readonly bindings: readonly Binding[]
  readonly properties: readonly Property[]
  readonly strings: readonly Text[]
  /** What switches the type system off or stands outside of it: `any`, `!`, `enum`, `namespace`, `declare global`, ... */
  readonly escapes: readonly Text[]
  /** Variables of the module itself that can be given another value. */
  readonly moduleState: readonly Text[]
  readonly comments: readonly Text[]
}
