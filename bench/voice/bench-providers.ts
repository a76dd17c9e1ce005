/** A process of the bench: the providers. Tells its port, and then each final that it sent. */
import { startFakeProviders } from './fake-providers.ts'

const providers = await startFakeProviders({
  onFinal: ({ caller, nth, atNs }) => process.send?.({ kind: 'final', caller, nth, atNs: String(atNs) }),
})
process.send?.({ kind: 'ready', port: providers.port })
process.on('disconnect', () => process.exit())
