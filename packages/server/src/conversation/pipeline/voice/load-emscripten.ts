/** A library in WebAssembly, as Emscripten wraps it: functions of numbers, and a memory of bytes that both sides see. */
export type EmscriptenModule = {
  /** Fails with a TypeError when there is no such function. What returns nothing returns 0. */
  readonly take: (name: string) => (...given: readonly number[]) => number
  /** The memory as it is now. Not to be kept: it is another one after the library has asked for more. */
  readonly memory: () => Uint8Array
}

/**
 * Starts a package of that kind. They have no declarations, so that everything about them is looked at instead of believed;
 * what is not as expected fails here, at the start of the process. `expected` is the package, for the operator.
 */
export async function loadEmscripten(loaded: unknown, expected: string): Promise<EmscriptenModule> {
  const makeModule = read(loaded, 'default')
  if (typeof makeModule !== 'function') throw new TypeError(`expected ${expected}, found no maker of a module`)
  const pending: unknown = makeModule.call(undefined)
  const module: unknown = await pending
  const memory = (): Uint8Array => {
    const bytes = read(module, 'HEAPU8')
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`expected ${expected}, found no memory`)
    return bytes
  }
  memory()
  return {
    memory,
    take: (name) => {
      const found = read(module, name)
      if (typeof found !== 'function') throw new TypeError(`expected ${expected}, found no ${name}`)
      return (...given) => {
        const answer: unknown = found.call(undefined, ...given)
        return typeof answer === 'number' ? answer : 0
      }
    },
  }
}

function read(from: unknown, name: string): unknown {
  if (typeof from !== 'object' || from === null) return undefined
  // One member and no copy of all: the memory is replaced when it grows.
  return Object.getOwnPropertyDescriptor(from, name)?.value
}
