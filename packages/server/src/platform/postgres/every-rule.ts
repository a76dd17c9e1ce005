import { type BoundaryRule, boundaryRules } from './boundary-rules.ts'
import { definitionRules } from './definition-rules.ts'
import { rightsRules } from './rights-rules.ts'
import { tableRules } from './table-rules.ts'

/** Every condition, in the order in which it is asked. */
export const everyRule: readonly BoundaryRule[] = [...boundaryRules, ...rightsRules, ...tableRules, ...definitionRules]
