/** The SQLSTATE that the work was refused with, or what it gave. */
export async function sqlStateOf(work: () => Promise<string>): Promise<string> {
  try {
    return `no refusal: ${await work()}`
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
    throw error
  }
}
