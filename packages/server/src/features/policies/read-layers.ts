import { policyDocumentSchema } from '@hyponema/contract'
import { layerNames, type PolicyLayer } from '@hyponema/policy'
import { z } from 'zod'

const layersSchema = z.array(
  z
    .strictObject({ layer: z.enum(layerNames), name: z.string().optional(), document: policyDocumentSchema })
    .transform(
      ({ layer, name, document }): PolicyLayer => ({ layer, document, ...(name === undefined ? {} : { name }) }),
    ),
)

/** A set of layers as it stands in its row, or in a file that was exported. Throws a ZodError. */
export function readLayers(value: unknown): readonly PolicyLayer[] {
  return layersSchema.parse(value)
}
