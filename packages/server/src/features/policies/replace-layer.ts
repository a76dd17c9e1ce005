import type { PolicyLayer } from '@hyponema/policy'
import { type HeldLayers, namedByDigest } from './find-layers.ts'

const order = ['installation', 'workspace', 'agent'] as const

/** The same layers with this one in the place of the one that it is called like, or beside them where there is none. */
export function replaceLayer({ layers }: HeldLayers, own: PolicyLayer): HeldLayers {
  const others = layers.filter(({ layer, name }) => layer !== own.layer || name !== own.name)
  return namedByDigest([...others, own].toSorted(byPlace))
}

/** As a session holds them: a digest names the order, too. */
function byPlace(left: PolicyLayer, right: PolicyLayer): number {
  const place = order.indexOf(left.layer) - order.indexOf(right.layer)
  return place === 0 ? ((left.name ?? '') < (right.name ?? '') ? -1 : 1) : place
}
