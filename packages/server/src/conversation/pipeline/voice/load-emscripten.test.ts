import { describe, expect, it } from 'vitest'
import { loadEmscripten } from './load-emscripten.ts'

describe('a library in WebAssembly', () => {
  const HEAPU8 = new Uint8Array(8)

  it('gives the functions and the memory of the package', async () => {
    const module = { HEAPU8, add: (a: number, b: number) => a + b, nothing: () => undefined }
    const { take, memory } = await loadEmscripten({ default: async () => module }, 'adder 1')

    expect([take('add')(2, 3), take('nothing')()]).toEqual([5, 0])
    module.HEAPU8 = new Uint8Array(16)
    expect(memory()).toHaveLength(16)
    expect(() => take('subtract')).toThrow('expected adder 1, found no subtract')
    expect(() => take('HEAPU8')).toThrow(TypeError)
  })

  it.each([null, undefined, 1, {}, { default: 1 }])('refuses a package that makes nothing: %s', async (loaded) => {
    await expect(loadEmscripten(loaded, 'adder 1')).rejects.toThrow('expected adder 1, found no maker of a module')
  })

  it.each([null, {}, { HEAPU8: [1] }])('refuses a module without a memory: %s', async (module) => {
    await expect(loadEmscripten({ default: async () => module }, 'adder 1')).rejects.toThrow('found no memory')
  })

  it('fails as the package does', async () => {
    const broken = async () => {
      throw new Error('no such file')
    }
    await expect(loadEmscripten({ default: broken }, 'adder 1')).rejects.toThrow('no such file')
  })
})
