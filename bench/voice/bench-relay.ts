/** A process of the bench: a bare relay where the server stands, the control. Everything goes to the providers' echo and back. */
import { WebSocket as Client, type WebSocket, WebSocketServer } from 'ws'

const [echoUrl = ''] = process.argv.slice(2)
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false }, () => {
  const address = server.address()
  process.send?.({ kind: 'ready', port: typeof address === 'object' && address !== null ? address.port : 0 })
})
server.on('connection', (near) => {
  const far = new Client(echoUrl, { perMessageDeflate: false })
  far.once('open', () => near.send('open'))
  pass(near, far)
  pass(far, near)
})
process.on('disconnect', () => process.exit())

function pass(from: WebSocket, to: WebSocket): void {
  from.on('message', (data, isBinary) => to.send(data, { binary: isBinary }))
  from.on('error', () => undefined)
  from.once('close', () => to.close())
}
