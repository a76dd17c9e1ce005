import { makeFreshHome, removeHome, startProcess } from '../end-to-end/server-process.ts'

/** The home that all others of a run are copies of: a real server was started on it, set it up, and was stopped again. */
export async function prepareHome(): Promise<{ made: string; unmake: () => Promise<void> }> {
  const home = await makeFreshHome()
  try {
    const code = await (await startProcess({ home })).interrupt()
    if (code !== 0) throw new Error(`the server that prepares the homes of the suites ended with ${code}`)
  } catch (error) {
    await removeHome(home)
    throw error
  }
  return { made: home, unmake: () => removeHome(home) }
}
