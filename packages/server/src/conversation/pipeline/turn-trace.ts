/**
 * The trace of one turn: what ran, under what, for how long. One writer, the turn; read once, when it is committed.
 *
 * open (begun) -> ended | ended by `take` as cut, when the turn is over and it was not
 *
 * Names, ids, hashes and numbers only: the words lie in turns, decisions and knowledge, each under its own key.
 */
import type { SpanDetail, SpanKind, SpanStatus, TraceSpan } from '@hyponema/contract'

/** More are no turn that anybody could read; the limits of tool calls and chunks keep an honest one below. */
const maxSpans = 500

export type OpenSpan<Kind extends SpanKind> = {
  readonly id: number
  /** Ends it. Ending twice keeps the first end. */
  readonly end: (detail: SpanDetail<Kind>, status?: SpanStatus) => void
}

type Entry = { readonly order: number; span: TraceSpan | undefined; readonly cut: () => TraceSpan | undefined }

export class TurnTrace {
  readonly #nowMs: () => number
  readonly #startedMs: number
  readonly #entries: Entry[] = []
  #dropped = 0

  /** `nowMs` only moves forward, in milliseconds with fractions, as `performance.now`. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    this.#startedMs = nowMs()
  }

  /** Begins a span below `parent`, or below the turn. `detailIfCut` is what it says when nobody ends it. */
  begin<Kind extends SpanKind>(
    kind: Kind,
    options: { readonly name: string; readonly parent?: number; readonly detailIfCut?: () => SpanDetail<Kind> },
  ): OpenSpan<Kind> {
    const id = this.#entries.length + 1
    // A model that has hundreds of its words withheld does not get its calls out of the trace by it.
    if (this.#entries.length >= (kind === 'tool' || kind === 'model' ? maxSpans * 2 : maxSpans)) {
      this.#dropped += 1
      return { id: 0, end: () => undefined }
    }
    const startedMs = this.#nowMs()
    const make = (detail: SpanDetail<Kind>, status: SpanStatus): TraceSpan =>
      spanOf(kind, detail, {
        span_id: id,
        parent_span_id: options.parent ?? 0,
        name: options.name,
        started_ms: rounded(startedMs - this.#startedMs),
        duration_ms: rounded(this.#nowMs() - startedMs),
        status,
      })
    const { detailIfCut } = options
    const entry: Entry = {
      order: id,
      span: undefined,
      cut: () => (detailIfCut === undefined ? undefined : make(detailIfCut(), 'cut')),
    }
    this.#entries.push(entry)
    return {
      id,
      end: (detail, status = 'ok') => {
        entry.span ??= make(detail, status)
      },
    }
  }

  /** A span of something that took no time worth telling, or whose time is known already. */
  add<Kind extends SpanKind>(
    kind: Kind,
    options: {
      readonly name: string
      readonly parent?: number
      readonly detail: SpanDetail<Kind>
      readonly status?: SpanStatus
    },
  ): void {
    const { detail, status, ...rest } = options
    this.begin(kind, rest).end(detail, status)
  }

  /** The whole turn, its own span first. What is open is cut here. */
  take(
    turn: SpanDetail<'turn'>,
    status: SpanStatus,
  ): { readonly spans: readonly TraceSpan[]; readonly dropped: number } {
    const head = {
      span_id: 0,
      parent_span_id: null,
      name: 'turn',
      started_ms: 0,
      duration_ms: rounded(this.#nowMs() - this.#startedMs),
      status,
    }
    const spans = this.#entries.flatMap((entry) => entry.span ?? entry.cut() ?? [])
    const known = new Set(spans.map((span) => span.span_id))
    return {
      spans: [spanOf('turn', turn, head), ...spans.map((span) => belowWhatIsThere(span, known))],
      dropped: this.#dropped,
    }
  }
}

/** A span whose parent was never ended and says nothing of itself hangs on the turn. */
function belowWhatIsThere(span: TraceSpan, known: ReadonlySet<number>): TraceSpan {
  const { parent_span_id: parent } = span
  return parent === null || known.has(parent) ? span : { ...span, parent_span_id: 0 }
}

type Head = Omit<TraceSpan, 'kind' | 'detail'>

function spanOf<Kind extends SpanKind>(kind: Kind, detail: SpanDetail<Kind>, head: Head): TraceSpan {
  // oxlint-disable-next-line typescript/consistent-type-assertions -- kind and detail belong together by the type of this function
  return { ...head, kind, detail } as TraceSpan
}

/** Microseconds are enough, and shorter to store. */
function rounded(ms: number): number {
  return Math.max(0, Math.round(ms * 1000) / 1000)
}
