import { describe, expect, it } from 'vitest'
import { outputPath, ProgramExit, Sandbox } from './sandbox.ts'

/** Places in the memory of the program that a test plays. */
const at = { path: 0, result: 256, vector: 264, bytes: 512 }

describe('the sandbox of flite', () => {
  it('has one file, whatever path is asked for', () => {
    const { open } = program()
    expect(open(outputPath)).toBe(0)
    for (const path of ['/etc/passwd', '../etc/passwd', 'etc/passwd', '', `${outputPath}/..`, `../${outputPath}`]) {
      expect(open(path)).toBe(44)
    }
  })

  it('opens nothing but through its one folder', () => {
    const { sandbox } = program()
    for (const fd of [0, 1, 2, 4, 5, -1]) expect(sandbox.calls.path_open(fd, 0, at.path, 1, at.result)).toBe(8)
    expect(sandbox.calls.fd_prestat_get(4, at.result)).toBe(8)
  })

  it('keeps what is written where it was written', () => {
    const { sandbox, open, write } = program()
    open(outputPath)
    write(4, 'head body')
    sandbox.calls.fd_seek(4, 0n, 0, at.result)
    write(4, 'HEAD')
    sandbox.calls.fd_seek(4, 0n, 2, at.result)
    write(4, ' tail')
    expect(Buffer.from(sandbox.output).toString()).toBe('HEAD body tail')
  })

  it('refuses to grow its file without end', () => {
    const { open, write } = program()
    open(outputPath)
    const block = 'x'.repeat(60_000)
    let written = 0
    while (write(4, block) === 0) written += block.length
    expect(written).toBeLessThanOrEqual(4_000_000)
    expect(write(4, block)).toBe(22)
  })

  it('refuses to seek before or behind its file, and to write to what is not open', () => {
    const { sandbox, open, write } = program()
    open(outputPath)
    for (const [offset, whence] of [
      [-1n, 0],
      [1n, 0],
      [1n, 2],
      [0n, 7],
    ] as const) {
      expect(sandbox.calls.fd_seek(4, offset, whence, at.result)).toBe(28)
    }
    for (const fd of [0, 3, 5, 99, -1]) expect(write(fd, 'x')).toBe(8)
  })

  it('gives nothing to read', () => {
    const { sandbox, view } = program()
    expect(sandbox.calls.fd_read(0, at.vector, 1, at.result)).toBe(0)
    expect(view.getUint32(at.result, true)).toBe(0)
    expect(sandbox.calls.fd_read(4, at.vector, 1, at.result)).toBe(8)
  })

  it('keeps all that the program prints, or refuses it', () => {
    const { sandbox, write } = program()
    write(1, 'take four ')
    write(1, 'tablets')
    expect(sandbox.printed).toBe('take four tablets')
    for (let line = 0; line < 5; line++) write(1, 'x'.repeat(4_000))
    expect(sandbox.printed.length).toBeLessThanOrEqual(16_384)
    expect(write(1, 'x'.repeat(4_000))).toBe(22)
  })

  it('keeps the beginning of what the program complains about, and ends it when it asks', () => {
    const { sandbox, write } = program()
    for (let line = 0; line < 100; line++) write(2, 'no such voice\n')
    expect(sandbox.complaint.length).toBe(500)
    expect(() => sandbox.calls.proc_exit(7)).toThrow(ProgramExit)
  })
})

function program() {
  const memory = new ArrayBuffer(131_072)
  const view = new DataView(memory)
  const sandbox = new Sandbox(() => memory)
  const put = (text: string, place: number): number => {
    const bytes = Buffer.from(text)
    new Uint8Array(memory).set(bytes, place)
    return bytes.length
  }
  return {
    sandbox,
    view,
    open: (path: string) => sandbox.calls.path_open(3, 0, at.path, put(path, at.path), 0, 0n, 0n, 0, at.result),
    write: (fd: number, text: string) => {
      view.setUint32(at.vector, at.bytes, true)
      view.setUint32(at.vector + 4, put(text, at.bytes), true)
      return sandbox.calls.fd_write(fd, at.vector, 1, at.result)
    },
  }
}
