/**
 * For a server of the bench, by `--import`: what asks for the output gate of the policy engine gets the bench's. The product has no
 * switch that opens its gate or slows it down, and shall have none.
 */
import { registerHooks } from 'node:module'

const own = new URL('./bench-gate.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    const isGate = found.url.endsWith('/packages/policy/src/gate/output-gate.ts') && context.parentURL !== own
    return isGate ? { ...found, url: own } : found
  },
})
