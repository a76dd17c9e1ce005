import { placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import { moduleOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import type { Violation, Wall } from '../wall.ts'

const door = 'packages/server/src/platform/outbound/'

const sockets =
  /^(node:(net|tls|http|https|http2|dgram|dns|dns\/promises|inspector|inspector\/promises|quic|cluster)|undici|ws|nodemailer|eventsource|got|axios|node-fetch)$/
const socketGlobals =
  /^(fetch|WebSocket|WebSocketStream|WebTransport|RTCPeerConnection|EventSource|XMLHttpRequest|navigator)(\.|$)/
/** Ways to a module of Node that no import shows. */
const loaders = /^process\.(getBuiltinModule|binding|_linkedBinding|dlopen)$/
/** A child process can open any socket it likes. */
const processes = /^node:child_process$/
/** Libraries that speak to vendors; they get the door's `fetch`, so they stay where it is handed to them. */
const vendors = /^(@ai-sdk\/.+|ai|openai|@anthropic-ai\/.+)$/
const vendorHome = 'packages/server/src/conversation/providers/'
/** The client of tool servers, which can open sockets and start processes when it is given neither. */
const toolClients = /^@modelcontextprotocol\/.+$/
const toolClientHome = 'packages/server/src/platform/mcp/'

const voiceTransport = 'packages/server/src/conversation/transports/voice/'
const operatorTransport = 'packages/server/src/conversation/transports/operator/'

/** What is inbound or our own machine, file by file or folder, with the reason. Nothing here aims at an address that a tenant chose. */
const exceptions: readonly {
  readonly below: string
  readonly modules: RegExp
  /** What may be taken from them besides types; everything where it is left out. */
  readonly names?: RegExp
  readonly because: string
}[] = [
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
    below: voiceTransport,
    modules: /^node:http$/,
    names: /^$/,
    because: 'types of the request that asks for an upgrade',
  },
  {
    below: voiceTransport,
    modules: /^ws$/,
    names: /^WebSocketServer$/,
    because: 'the inbound side of a WebSocket; its client stays behind the door',
  },
  {
    below: operatorTransport,
    modules: /^node:http$/,
    names: /^$/,
    because: 'types of the request that asks for an upgrade',
  },
  {
    below: operatorTransport,
    modules: /^ws$/,
    names: /^WebSocketServer$/,
    because: 'the inbound side of a WebSocket; its client stays behind the door',
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
    below: 'packages/server/src/platform/documents/run-parser.ts',
    modules: /^node:child_process$/,
    because: 'the process that reads one document, without an environment and without rights',
  },
  {
    below: 'packages/server/src/platform/email/',
    modules: /^nodemailer$/,
    because: 'the mail server that the operator of the installation has configured',
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
    plant('a tool that fetches', 'conversation/tools/http-tool.ts', `await fetch(url)`),
    plant('a hidden fetch', 'conversation/tools/http-tool.ts', `const { fetch: go } = globalThis; go(url)`),
    plant('a handed-on fetch', 'conversation/providers/model.ts', `create({ fetch })`),
    plant('a socket of Node', 'features/webhooks/deliver-event.ts', `import { connect } from 'tls'`),
    plant('a socket at run time', 'http/app.ts', `process.getBuiltinModule('node:net')`),
    plant('a resolver', 'guards/client-address.ts', `import { lookup } from 'node:dns/promises'`),
    plant('another client', 'conversation/providers/model.ts', `import { request } from 'undici'`),
    plant('a browser socket', 'conversation/transports/rtvi.ts', `new WebSocket(url)`),
    plant(
      'a process with its own sockets',
      'features/agents/import-agent.ts',
      `import { execFile } from 'node:child_process'`,
    ),
    plant('a vendor library elsewhere', 'features/agents/store.ts', `import { x } from '@ai-sdk/openai-compatible'`),
    plant('a client of tool servers elsewhere', 'conversation/tools/a.ts', `import('@modelcontextprotocol/client')`),
    plant('a mail from a feature', 'features/sign-in/send-link.ts', `import { createTransport } from 'nodemailer'`),
    plant('another socket beside the mail', 'platform/email/send-mail.ts', `import { connect } from 'node:tls'`),
    plant('a listed file with another module', 'main.ts', `import { request } from 'node:https'`),
    plant('a socket by namespace', 'http/app.ts', `import * as net from 'net'; net.connect(1)`),
    plant('a datagram', 'guards/rate-limit.ts', `import { createSocket } from 'node:dgram'`),
    plant('a stream of HTTP/2', 'conversation/providers/model.ts', `const { connect } = await import('http2')`),
    plant('a type of a socket', 'conversation/tools/http-tool.ts', `import type { Agent } from 'undici'`),
    plant(
      'a part of undici',
      'conversation/tools/http-tool.ts',
      `import Client from 'undici/lib/dispatcher/client.js'`,
    ),
    plant('an event source', 'conversation/tools/http-tool.ts', `new EventSource(url)`),
    plant('a socket under another name', 'conversation/tools/http-tool.ts', `const W = WebSocket; new W(url)`),
    plant('a global under another name', 'conversation/tools/http-tool.ts', `const g = globalThis; g.fetch(url)`),
    plant('a transport of the web', 'conversation/tools/http-tool.ts', `new WebTransport(url)`),
    plant('a fetch by text', 'conversation/tools/http-tool.ts', `globalThis['fet' + 'ch'](url)`),
    plant('a library that asks the vendor', 'features/agents/test-agent.ts', `await import('ai')`),
    plant('a crowd of processes', 'commands/start-server.ts', `import cluster from 'cluster'`),
    plant('an inspector', 'http/app.ts', `import { open } from 'node:inspector'`),
    plant('the client of ws in the transport', 'conversation/transports/voice/a.ts', `import { WebSocket } from 'ws'`),
    plant('the client of ws as default', 'conversation/transports/voice/a.ts', `import ws from 'ws'; new ws(url)`),
    plant('the whole of ws', 'conversation/transports/voice/a.ts', `import * as ws from 'ws'; new ws.WebSocket(url)`),
    plant('the whole of ws at run time', 'conversation/transports/voice/a.ts', `const ws = await import('ws')`),
    plant('a request from the transport', 'conversation/transports/voice/a.ts', `import { request } from 'node:http'`),
    plant('a WebSocket server elsewhere', 'http/app.ts', `import { WebSocketServer } from 'ws'`),
    plant('a fetch of the global object', 'conversation/tools/http-tool.ts', `await globalThis.fetch(url)`),
    plant('a fetch of the old global object', 'conversation/tools/http-tool.ts', `await global.fetch(url)`),
    plant('a client at run time', 'features/webhooks/deliver-event.ts', `const { request } = await import('undici')`),
    plant('a client by text', 'features/webhooks/deliver-event.ts', 'const c = await import(`und${"ici"}`)'),
    plant('a client by require', 'features/webhooks/deliver-event.ts', `const { request } = require('node:https')`),
    plant(
      'a client by a made require',
      'features/webhooks/deliver-event.ts',
      `import { createRequire } from 'node:module'; createRequire(import.meta.url)('undici')`,
    ),
    plant(
      'a module of Node by its loader',
      'http/app.ts',
      `const { getBuiltinModule: g } = process; g('net').connect(1)`,
    ),
    plant('a part of the old process', 'http/app.ts', `process.binding('tcp_wrap')`),
    plant('a socket at run time under another name', 'http/app.ts', `const p = process; p.getBuiltinModule('tls')`),
    plant('a type of ws elsewhere', 'conversation/providers/a.ts', `import type { WebSocket } from 'ws'`),
  ],
  innocent: [
    {
      name: 'the door, a parameter that is the door, the inbound server, the widget in its browser',
      files: {
        [`${door}create-outbound-door.ts`]: `import { Agent } from 'undici'; import { connect } from 'node:tls'; fetch`,
        [`${vendorHome}model.ts`]: `import { x } from '@ai-sdk/openai-compatible'; export const m = ({ fetch }) => x({ fetch })`,
        'packages/server/src/main.ts': `import { serve } from '@hono/node-server'`,
        [`${voiceTransport}voice-upgrade.ts`]: `import { WebSocketServer } from 'ws'; import type { WebSocket } from 'ws'; import type { IncomingMessage } from 'node:http'`,
        'packages/widget/src/talk.ts': `fetch('/v1/sessions')`,
        'packages/server/src/http/app.test.ts': `import { createServer } from 'node:http'; fetch('x')`,
        'bench/policy.ts': `fetch('x')`,
      },
    },
  ],
}

function checkOne(source: Source): readonly Violation[] {
  const { area, forTests } = placeOf(source.path)
  if (area !== 'server' || forTests || source.path.startsWith(door)) return []
  const edges = source.edges.flatMap((edge) => {
    const module = moduleOf(source.path, edge)
    if (module === undefined || mayHold(source, module)) return []
    return [{ path: source.path, line: edge.line, found: `imports ${module}; only ${door} opens sockets` }]
  })
  const globals = source.references
    .filter(({ path }) => socketGlobals.test(path) || loaders.test(path) || path === 'globalThis')
    .map(({ path, line }) => ({
      path: source.path,
      line,
      found: `uses the global ${path}; take the door as an argument`,
    }))
  return [...edges, ...globals]
}

function mayHold(source: Source, module: string): boolean {
  if (vendors.test(module)) return source.path.startsWith(vendorHome)
  if (toolClients.test(module)) return source.path.startsWith(toolClientHome)
  if (!sockets.test(module) && !processes.test(module)) return true
  return exceptions.some(({ below, modules, names }) => {
    if (!source.path.startsWith(below) || !modules.test(module)) return false
    return names === undefined || takenFrom(source, module).every(({ name, typeOnly }) => typeOnly || names.test(name))
  })
}
