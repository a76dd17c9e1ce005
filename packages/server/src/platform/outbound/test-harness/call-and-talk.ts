/** A process of its own for a test: calls a port of this machine without the door, through it, and over a socket. */
import { openDoor, workspaceId } from './loopback.ts'

const port = process.argv[2] ?? ''
const use = { workspaceId, onlyHosts: null }
const door = openDoor([`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}`])
const plain = await fetch(`http://127.0.0.1:${port}/`).then(
  (answer) => answer.text(),
  () => 'refused',
)
process.stdout.write(`plain fetch: ${plain}\n`)
const answer = await door.fetch({ url: `http://127.0.0.1:${port}/` }, use)
process.stdout.write(`door: ${await answer.text()}\n`)
const message = Promise.withResolvers<unknown>()
await door.openSocket(
  { url: `ws://127.0.0.1:${port}/`, onMessage: message.resolve, onClose: () => message.resolve('closed') },
  use,
)
process.stdout.write(`socket: ${String(await message.promise)}\n`)
await door.close()
