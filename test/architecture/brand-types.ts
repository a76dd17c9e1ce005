import { fileOf } from './resolve-edge.ts'
import type { Source } from './source.ts'

/** Which brands a type stands for, through renames, aliases, fields and re-exports, over all files. */
export class BrandTypes {
  readonly #sources: ReadonlyMap<string, Source>
  readonly #known = new Map<string, readonly string[]>()

  constructor(sources: readonly Source[]) {
    this.#sources = new Map(sources.map((source) => [source.path, source]))
  }

  /** The brands below the names that a file mentions; a circle of types adds nothing. */
  brandsIn(path: string, mentions: readonly string[], trail: ReadonlySet<string> = new Set()): readonly string[] {
    return [...new Set(mentions.flatMap((name) => this.#brandsOf(path, name, trail)))]
  }

  #brandsOf(path: string, name: string, trail: ReadonlySet<string>): readonly string[] {
    const key = `${path}#${name}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (trail.has(key)) return []
    const found = this.#look(path, name, new Set([...trail, key]))
    // Inside a circle the answer is only a part, so it is not kept.
    if (trail.size === 0) this.#known.set(key, found)
    return found
  }

  #look(path: string, name: string, trail: ReadonlySet<string>): readonly string[] {
    const source = this.#sources.get(path)
    if (source === undefined) return []
    const [specifier, taken] = name.includes('#') ? name.split('#') : []
    if (specifier !== undefined && taken !== undefined) return this.#exported(path, specifier, taken, trail)
    const [head = '', ...rest] = name.split('.')
    const declared = source.types.filter((type) => type.name === head)
    const imported = source.bindings.filter((binding) => binding.local === head)
    return [
      ...declared.flatMap((type) => [...type.brands, ...this.brandsIn(path, type.mentions, trail)]),
      ...imported.flatMap(({ from = '', name: original }) =>
        this.#exported(path, from, original === '*' ? (rest.at(-1) ?? '*') : original, trail),
      ),
    ]
  }

  /** What another module gives out under a name: declared there, renamed on its way out, or passed on. */
  #exported(path: string, specifier: string, name: string, trail: ReadonlySet<string>): readonly string[] {
    const target = fileOf(path, { specifier })
    const source = target === undefined ? undefined : this.#sources.get(target)
    if (target === undefined || source === undefined) return []
    const direct = source.types.some((type) => type.name === name) ? this.#brandsOf(target, name, trail) : []
    const passed = source.bindings
      .filter(({ exported }) => exported === name || exported === '*')
      .flatMap(({ from, name: original }) => {
        if (from === undefined) return this.#brandsOf(target, original, trail)
        const key = `${target}#${from}#${name}`
        if (trail.has(key)) return []
        return this.#exported(target, from, original === '*' ? name : original, new Set([...trail, key]))
      })
    return [...direct, ...passed]
  }
}
