import { isProduct, placeOf } from '../place-of.ts'
import { plant } from '../plant.ts'
import { moduleOf } from '../resolve-edge.ts'
import type { Source } from '../source.ts'
import { takenFrom } from '../taken-from.ts'
import type { Violation, Wall } from '../wall.ts'

type Part = {
  readonly what: string
  /** Modules of Node or packages, with the names that count; a global is a path. */
  readonly modules: readonly (readonly [module: string, names?: RegExp])[]
  readonly globals?: RegExp
  readonly members?: RegExp
  /** Files or folders of the server. */
  readonly below: readonly string[]
  readonly instead: string
}

/** The parts of the machine, each with the places that may touch it. */
const parts: readonly Part[] = [
  {
    what: 'files',
    modules: [['node:fs'], ['node:fs/promises']],
    // Pages read their own assets, once, at the start; the thread of flite and the loader of Opus read their programs.
    below: [
      'platform/',
      'commands/',
      'main.ts',
      'config.ts',
      'http/pages/',
      'conversation/providers/flite/flite-worker.ts',
      'conversation/transports/voice/load-opus.ts',
    ],
    instead: 'take the content, or a port of the platform, as an argument',
  },
  {
    what: 'the terminal and the log',
    modules: [['node:console'], ['pino'], ['node:util', /^(debuglog|debug|\*)$/]],
    globals: /^(console|process\.(stdout|stderr|stdin|emitWarning|_rawDebug))(\.|$)/,
    // The process that reads a document has its input and its answer there, and nobody's terminal.
    below: ['commands/', 'main.ts', 'platform/telemetry/', 'platform/documents/parser-process.ts'],
    instead: 'take the logger, which knows what must not be printed',
  },
  {
    what: 'the process',
    modules: [],
    globals:
      /^process\.(exit|reallyExit|kill|abort|on|once|addListener|prependListener|off|removeAllListeners|emit|chdir|umask|set\w*id|setgroups|setUncaughtExceptionCaptureCallback)(\.|$)/,
    // A process of its own there, which ends itself when nobody waits for it.
    below: ['commands/', 'main.ts', 'platform/postgres/embedded/', 'platform/documents/parser-process.ts'],
    instead: 'say what happened; the composition root decides whether to stop',
  },
  {
    what: 'the clock',
    modules: [],
    globals: /^(Date\.(now|\*)|Temporal\.Now)(\.|$)/,
    below: ['kernel/clock.ts'],
    instead: 'take the clock as an argument',
  },
  {
    what: 'facts about the host',
    modules: [['node:os']],
    below: ['platform/', 'commands/', 'main.ts'],
    instead: 'take them as arguments',
  },
  {
    what: 'the inside of other libraries',
    modules: [
      ['node:diagnostics_channel'],
      ['node:async_hooks'],
      ['node:trace_events'],
      ['node:perf_hooks', /^(?!performance$)/],
    ],
    below: [],
    instead: 'a channel sees the headers and the bodies that others keep; ask for a port',
  },
  {
    what: 'the readers of strangers’ documents',
    modules: [
      ['mammoth'],
      ['micromark'],
      ['micromark-extension-gfm-table'],
      ['parse5'],
      ['saxes'],
      ['unpdf'],
      ['yauzl'],
    ],
    below: ['platform/documents/'],
    instead: 'call parseDocument, which reads in a process of its own',
  },
  {
    what: 'connections without a scope',
    modules: [],
    members: /^logins$/,
    below: ['platform/', 'commands/', 'main.ts', 'config.ts'],
    instead: 'take a WorkspaceTx',
  },
]

/** What the server shares with the machine it runs on, and with everybody else in the process. */
export const machine: Wall = {
  name: 'files, terminal, process, clock, host and unscoped logins: each in its places',
  check: (sources) =>
    sources.filter(({ path }) => isProduct(path) && placeOf(path).area === 'server').flatMap(checkOne),
  planted: [
    plant(
      'a feature that writes a file',
      'features/agents/export-agent.ts',
      `import { writeFile } from 'node:fs/promises'`,
    ),
    plant('a turn that reads a file', 'conversation/pipeline/turn.ts', `import fs from 'fs'; fs.readFileSync(x)`),
    plant(
      'a voice socket that reads a file',
      'conversation/transports/voice/voice-socket.ts',
      `import { readFile } from 'node:fs/promises'`,
    ),
    plant('a guard with files at run time', 'guards/permission.ts', `const { readFile } = await import('fs/promises')`),
    plant('a kernel with files', 'kernel/clock.ts', `process.getBuiltinModule('fs')`),
    plant('a turn that prints', 'conversation/pipeline/turn.ts', `console.log(text)`),
    plant('a turn that prints past the log', 'conversation/pipeline/turn.ts', `process.stdout.write(text)`),
    plant(
      'a feature with the stream of errors',
      'features/agents/list-agents.ts',
      `const { stderr } = process; stderr.write(x)`,
    ),
    plant('the console of Node', 'guards/permission.ts', `import { log } from 'node:console'`),
    plant('a log of its own', 'guards/permission.ts', `import { pino } from 'pino'; pino().info(key)`),
    plant('a log for debugging', 'guards/permission.ts', `import { debuglog } from 'node:util'`),
    plant('a feature that stops everybody', 'features/agents/list-agents.ts', `process.exit(1)`),
    plant('a listener that swallows faults', 'http/app.ts', `process.on('uncaughtException', () => undefined)`),
    plant('a feature with a clock', 'features/sessions/end-session.ts', `const now = Date.now()`),
    plant('a date of now', 'conversation/pipeline/turn.ts', `const now = new Date()`),
    plant('a clock for later', 'platform/jobs/runner.ts', `start({ now: Date.now })`),
    plant('a feature that asks who runs it', 'features/agents/list-agents.ts', `import { userInfo } from 'node:os'`),
    plant('a channel of undici', 'features/webhooks/list-webhooks.ts', `import d from 'node:diagnostics_channel'`),
    plant('a store of the whole request', 'guards/permission.ts', `import { AsyncLocalStorage } from 'async_hooks'`),
    plant('a page that is read in the server', 'features/agents/read-page.ts', `import { parse } from 'parse5'`),
    plant('a login in a feature', 'features/agents/store.ts', `database.logins.sealer.connect()`),
    plant('a login, taken apart', 'conversation/load-session.ts', `const { logins } = database`),
  ],
  innocent: [
    {
      name: 'each at home, a clock that was given, a date of a fact, the output of a child, a measurement, a test',
      files: {
        'packages/server/src/kernel/clock.ts': `export const systemClock = { nowMs: () => Date.now() }`,
        'packages/server/src/platform/crypto/keyring.ts': `import { open } from 'node:fs/promises'`,
        'packages/server/src/platform/telemetry/create-logger.ts': `import { pino } from 'pino'`,
        'packages/server/src/commands/start-server.ts': `process.stdout.write('ready'); process.on('SIGTERM', stop); process.exit(0); open(database.logins.app)`,
        'packages/server/src/features/sessions/end-session.ts': `import { inspect } from 'node:util'; const at = new Date(clock.nowMs()); child.stdout.on('data', f); performance.now(); const f = (console) => console.log(1)`,
        'packages/server/src/features/sessions/end-session.test.ts': `console.log(Date.now())`,
        'packages/widget/src/talk.ts': `const now = Date.now()`,
      },
    },
  ],
}

function checkOne(source: Source): readonly Violation[] {
  const path = source.path.slice('packages/server/src/'.length)
  return parts
    .filter(({ below }) => !below.some((place) => path.startsWith(place)))
    .flatMap((part) =>
      touches(source, part).map((line) => ({
        path: source.path,
        line,
        found: `touches ${part.what}; ${part.instead}`,
      })),
    )
}

function touches(source: Source, { what, modules, globals, members }: Part): readonly number[] {
  const taken = modules.flatMap(([module, names]): readonly { readonly line: number }[] =>
    names === undefined
      ? source.edges.filter((edge) => !edge.typeOnly && moduleOf(source.path, edge) === module)
      : takenFrom(source, module).filter(({ name, typeOnly }) => !typeOnly && names.test(name)),
  )
  const used = source.references.filter(({ path, use, argumentCount }) => {
    if (what === 'the clock' && path === 'Date') return use === 'call' || (use === 'new' && argumentCount === 0)
    return globals?.test(path) ?? false
  })
  const named = source.members.filter(({ name, form }) => form !== 'text' && (members?.test(name) ?? false))
  return [...taken, ...used, ...named].map(({ line }) => line)
}
