import { placeOf } from '../place-of.ts'
import { moduleOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import type { Violation, Wall } from '../wall.ts'

const door = 'packages/server/src/platform/outbound/'

const sockets =
  /^(node:(net|tls|http|https|http2|dgram|dns|dns\/promises|inspector|inspector\/promises|quic|cluster)|undici|ws|nodemailer|eventsource|got|axios|node-fetch)$/
const socketGlobals = /^(fetch|WebSocket|EventSource|XMLHttpRequest|navigator)(\.|$)/
/** A child process can open any socket it likes. */
const processes = /^node:child_process$/
/** Libraries that speak to vendors; they get the door's `fetch`, so they stay where it is handed to them. */
const vendors = /^(@ai-sdk\/.+|ai|openai|@anthropic-ai\/.+)$/
const vendorHome = 'packages/server/src/conversation/providers/'

/** What is inbound or our own machine, file by file or folder, with the reason. Nothing here aims at an address that a tenant chose. */
const exceptions: readonly { readonly below: string; readonly modules: RegExp; readonly because: string }[] = [
  {
    below: 'packages/server/src/main.ts',
    modules: /^node:(http|net|child_process)$/,
    because: 'listens for requests, asks whether the port is free, migrates in a child process',
  },
  {
    below: 'packages/server/src/http/',
    modules: /^node:http$/,
    because: 'types of the inbound request and its socket',
  },
  {
    below: 'packages/server/src/guards/',
    modules: /^node:net$/,
    because: 'reads addresses (isIP, BlockList), opens nothing',
  },
  {
    below: 'packages/server/src/platform/postgres/',
    modules: /^node:(net|child_process)$/,
    because: 'the database of this installation and the embedded server process',
  },
  {
    below: 'packages/server/src/commands/',
    modules: /^node:child_process$/,
    because: 'commands that the operator runs on the host',
  },
]

/** Whatever leaves the building leaves through one function that has judged the address. */
export const outboundDoor: Wall = {
  name: 'sockets, fetch and child processes only in platform/outbound and on a short list',
  check: (sources) => sources.flatMap(checkOne),
  planted: [
    planted('a tool that fetches', 'conversation/tools/http-tool.ts', `await fetch(url)`),
    planted('a hidden fetch', 'conversation/tools/http-tool.ts', `const { fetch: go } = globalThis; go(url)`),
    planted('a handed-on fetch', 'conversation/providers/model.ts', `create({ fetch })`),
    planted('a socket of Node', 'features/webhooks/deliver-event.ts', `import { connect } from 'tls'`),
    planted('a socket at run time', 'http/app.ts', `process.getBuiltinModule('node:net')`),
    planted('a resolver', 'guards/client-address.ts', `import { lookup } from 'node:dns/promises'`),
    planted('another client', 'conversation/providers/model.ts', `import { request } from 'undici'`),
    planted('a browser socket', 'conversation/transports/rtvi.ts', `new WebSocket(url)`),
    planted(
      'a process with its own sockets',
      'features/agents/import-agent.ts',
      `import { execFile } from 'node:child_process'`,
    ),
    planted('a vendor library elsewhere', 'features/agents/store.ts', `import { x } from '@ai-sdk/openai-compatible'`),
    planted('a listed file with another module', 'main.ts', `import { request } from 'node:https'`),
  ],
  innocent: [
    {
      name: 'the door, a parameter that is the door, the inbound server, the widget in its browser',
      files: {
        [`${door}create-outbound-door.ts`]: `import { Agent } from 'undici'; import { connect } from 'node:tls'; fetch`,
        [`${vendorHome}model.ts`]: `import { x } from '@ai-sdk/openai-compatible'; export const m = ({ fetch }) => x({ fetch })`,
        'packages/server/src/main.ts': `import { serve } from '@hono/node-server'`,
        'packages/widget/src/talk.ts': `fetch('/v1/sessions')`,
        'packages/server/src/http/app.test.ts': `import { createServer } from 'node:http'; fetch('x')`,
        'bench/policy.ts': `fetch('x')`,
      },
    },
  ],
}

function planted(name: string, path: string, text: string) {
  const full = `packages/server/src/${path}`
  return { name, files: { [full]: text }, at: [full] }
}

function checkOne(source: Source): readonly Violation[] {
  const { area, forTests } = placeOf(source.path)
  if (area !== 'server' || forTests || source.path.startsWith(door)) return []
  const edges = source.edges.flatMap((edge) => {
    const module = moduleOf(source.path, edge)
    if (module === undefined || mayHold(source.path, module)) return []
    return [{ path: source.path, line: edge.line, found: `imports ${module}; only ${door} opens sockets` }]
  })
  const globals = source.references
    .filter((reference) => socketGlobals.test(reference.path) || reference.path === 'globalThis')
    .map(({ path, line }) => ({
      path: source.path,
      line,
      found: `uses the global ${path}; take the door as an argument`,
    }))
  return [...edges, ...globals]
}

function mayHold(path: string, module: string): boolean {
  if (vendors.test(module)) return path.startsWith(vendorHome)
  if (!sockets.test(module) && !processes.test(module)) return true
  return exceptions.some((exception) => path.startsWith(exception.below) && exception.modules.test(module))
}
