/**
 * What was made last, by what it was made from. The same document is compiled for a save, for each of its tests and for each
 * process of sessions; what takes long of it is made once. Bounded: a workspace that compiles much pushes out what is old, and
 * nothing of what is made depends on whether it was there already.
 */
export class Recent<Made> {
  private readonly made = new Map<string, Made>()
  private readonly most: number

  constructor(most: number) {
    this.most = most
  }

  get(key: string, make: () => Made): Made {
    const found = this.made.get(key) ?? make()
    this.made.delete(key)
    this.made.set(key, found)
    const [oldest] = this.made.keys()
    if (this.made.size > this.most && oldest !== undefined) this.made.delete(oldest)
    return found
  }
}
