import type { Wall } from './wall.ts'
import { brandMakers } from './walls/brand-makers.ts'
import { codeFromText } from './walls/code-from-text.ts'
import { controlHeaders } from './walls/control-headers.ts'
import { cryptography } from './walls/cryptography.ts'
import { databaseDriver } from './walls/database-driver.ts'
import { environment } from './walls/environment.ts'
import { featureDoors } from './walls/feature-doors.ts'
import { featureFiles } from './walls/feature-files.ts'
import { fileNames } from './walls/file-names.ts'
import { fileSize } from './walls/file-size.ts'
import { identityDoor } from './walls/identity-door.ts'
import { layerOrder } from './walls/layer-order.ts'
import { listedCallers } from './walls/listed-callers.ts'
import { machine } from './walls/machine.ts'
import { noCycles } from './walls/no-cycles.ts'
import { noEscapes } from './walls/no-escapes.ts'
import { oneNoun } from './walls/one-noun.ts'
import { outboundDoor } from './walls/outbound-door.ts'
import { packageTopology } from './walls/package-topology.ts'
import { policyCallers } from './walls/policy-callers.ts'
import { purePolicy } from './walls/pure-policy.ts'
import { readFiles } from './walls/read-files.ts'
import { simpleProtocol } from './walls/simple-protocol.ts'
import { sqlHomes } from './walls/sql-homes.ts'
import { suppressedRules } from './walls/suppressed-rules.ts'
import { widgetPage } from './walls/widget-page.ts'

/** Every wall of the repository. Each brings its own violations, so that none can pass by seeing nothing. */
export const walls: readonly Wall[] = [
  layerOrder,
  packageTopology,
  readFiles,
  featureDoors,
  featureFiles,
  oneNoun,
  sqlHomes,
  noCycles,
  databaseDriver,
  identityDoor,
  simpleProtocol,
  outboundDoor,
  cryptography,
  environment,
  machine,
  purePolicy,
  policyCallers,
  brandMakers,
  listedCallers,
  controlHeaders,
  codeFromText,
  noEscapes,
  widgetPage,
  fileNames,
  fileSize,
  suppressedRules,
]
