import type { Page } from 'playwright-core'

/** Watches when the page drops what it has not played. The function waits for silence, and says for how many ms after that it was heard. */
export async function watchFlush(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const { prototype } = MessagePort
    // oxlint-disable-next-line typescript/unbound-method -- it is called with its port below
    const { postMessage } = prototype
    Reflect.set(prototype, 'postMessage', function watched(this: MessagePort, ...message: unknown[]) {
      if (message[0] === 'flush') Reflect.set(window, 'flushedAt', performance.now())
      Reflect.apply(postMessage, this, message)
    })
  })
  return async () => {
    await page.waitForFunction(() => performance.now() - (window.hyponemaHeardAt ?? 0) > 200)
    return page.evaluate(() => (window.hyponemaHeardAt ?? 0) - Number(Reflect.get(window, 'flushedAt')))
  }
}
