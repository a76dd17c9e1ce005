import { policyDocumentSchema } from '@hyponema/contract'
import { layerNames, type PolicyLayer } from '@hyponema/policy'
import { z } from 'zod'

/** What a set of layers is read with: from its row, and from a file that was exported. */
export const policyLayersSchema = z.array(
  z
    .strictObject({ layer: z.enum(layerNames), name: z.string().optional(), document: policyDocumentSchema })
    .transform(
      ({ layer, name, document }): PolicyLayer => ({ layer, document, ...(name === undefined ? {} : { name }) }),
    ),
)
