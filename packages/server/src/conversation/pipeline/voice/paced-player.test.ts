import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PacedPlayer } from './paced-player.ts'
import { HandDrivenClock } from './test-harness/hand-driven-clock.ts'

const frame = 960

describe('the paced player', () => {
  it('sends 100 ms at once, and then one frame every 20 ms', () => {
    const { clock, player, sent } = make()
    player.push(audio(1000))
    expect(sent.map((pcm) => pcm.length)).toEqual([frame, frame, frame, frame, frame])
    clock.run(20)
    expect(sent.length).toBe(6)
    clock.run(80)
    expect(sent.length).toBe(10)
  })

  it('catches up after a late pulse, and never beyond its lead', () => {
    const { clock, player, sent } = make()
    player.push(audio(1000))
    clock.pass(75)
    clock.pulse()
    expect(sent.length).toBe(8)
    clock.pass(500)
    clock.pulse()
    // The client ran dry at 160 ms, so that its time began anew.
    expect(sent.length).toBe(13)
  })

  it('sends exactly what it was given, and fills the last frame with silence', () => {
    const { clock, player, sent } = make()
    const pieces = [700, 2, 958, 5000, 301 * 2].map((bytes, index) => new Uint8Array(bytes).fill(index + 1))
    for (const piece of pieces) player.push(piece)
    player.end()
    clock.run(1000)
    const expected = Buffer.concat(pieces)
    expect(sent.every((pcm) => pcm.length === frame)).toBe(true)
    const all = Buffer.concat(sent)
    expect(all.subarray(0, expected.length).equals(expected)).toBe(true)
    expect(all.subarray(expected.length).every((byte) => byte === 0)).toBe(true)
    expect(all.length - expected.length).toBeLessThan(frame)
  })

  it('sends the rest of a frame before the client runs dry, not before', () => {
    const { clock, player, sent } = make()
    player.push(audio(90))
    expect(sent.length).toBe(4)
    clock.run(60)
    expect(sent.length).toBe(4)
    clock.run(20)
    expect(sent.map((pcm) => pcm.length).at(-1)).toBe(480)
    expect(player.playedMs).toBe(80)
    clock.run(20)
    expect(player.playedMs).toBe(90)
  })

  it('is silent while it is held, and goes on with the very next sample', () => {
    const { clock, player, sent } = make()
    const speech = Uint8Array.from({ length: 20 * frame }, (_, at) => at % 251)
    player.push(speech)
    clock.run(40)
    player.hold()
    const before = sent.length
    clock.run(2000)
    player.push(audio(20))
    clock.run(20)
    expect(sent.length).toBe(before)
    expect(player.playedMs).toBe(before * 20)
    expect(clock.players).toBe(0)
    player.resume()
    expect(sent.length).toBe(before + 5)
    clock.run(2000)
    expect(Buffer.concat(sent).subarray(0, speech.length).equals(speech)).toBe(true)
  })

  it('drops everything when it is stopped', async () => {
    const { clock, player, sent } = make()
    player.push(audio(40_000))
    const waiting = player.whenRoom()
    player.stop()
    await waiting
    player.push(audio(100))
    clock.run(1000)
    expect(sent.length).toBe(5)
    expect(clock.players).toBe(0)
    await player.whenRoom()
  })

  it('makes its provider wait behind 30 s, and has room again as they are played', async () => {
    const { clock, player } = make()
    player.push(audio(29_000))
    await player.whenRoom()
    player.push(audio(2000))
    let hasRoom = false
    const waiting = player.whenRoom().then(() => (hasRoom = true))
    clock.run(800)
    await Promise.resolve()
    expect(hasRoom).toBe(false)
    clock.run(400)
    await waiting
    expect(hasRoom).toBe(true)
  })

  it('runs no pulse while nothing plays', () => {
    const { clock, player } = make()
    expect(clock.players).toBe(0)
    player.push(audio(100))
    expect(clock.players).toBe(1)
    clock.run(120)
    expect(clock.players).toBe(0)
    player.push(audio(100))
    player.end()
    clock.run(120)
    expect([clock.players, player.state]).toEqual([0, 'played'])
  })

  it('has played nothing of what is under way only by its own clock, until the client reports', () => {
    const { clock, player } = make()
    player.push(audio(1000))
    clock.run(200)
    expect(player.playedMs).toBe(200)
    player.report(120)
    expect(player.playedMs).toBe(120)
    clock.run(40)
    expect(player.playedMs).toBe(160)
    player.report(90)
    expect(player.playedMs).toBe(120)
    clock.run(980)
    expect(player.playedMs).toBe(120)
    player.report(100_000)
    expect(player.playedMs).toBe(1000)
    for (const nonsense of [Number.NaN, Number.POSITIVE_INFINITY, -5]) player.report(nonsense)
    expect(player.playedMs).toBe(1000)
  })

  it('is not hurried by a client that claims to have played everything, nor stopped by one that claims nothing', () => {
    const counts = [100_000, 0].map((claim) => {
      const { clock, player, sent } = make()
      player.push(audio(5000))
      for (let step = 0; step < 50; step++) {
        player.report(claim)
        clock.run(20)
      }
      return sent.length
    })
    expect(counts).toEqual([55, 55])
  })

  it('waits for a client that plays late, and not for one that plays no more', () => {
    const { clock, player } = make()
    player.push(audio(500))
    player.end()
    clock.run(1000)
    expect(player.state).toBe('played')
    player.report(100)
    expect(player.state).toBe('playing')
    clock.run(2000)
    player.report(200)
    expect(player.state).toBe('playing')
    for (let step = 0; step < 20; step++) {
      clock.run(200)
      player.report(200)
    }
    expect(player.state).toBe('stuck')
    expect(player.playedMs).toBe(200)
  })

  it('stops and tells when sending fails', () => {
    const clock = new HandDrivenClock()
    const failures: unknown[] = []
    const fault = new Error('no socket')
    const player = new PacedPlayer({
      playClock: clock,
      sendAudio: () => {
        throw fault
      },
      onPulse: () => undefined,
      onFailed: (error) => failures.push(error),
    })
    player.push(audio(1000))
    clock.run(100)
    expect(failures).toEqual([fault])
  })

  it('leaves no gap while it has audio, as long as no pulse is more than 60 ms late', () => {
    const passMs = fc.double({ min: 0, max: 80, noNaN: true })
    fc.assert(
      fc.property(fc.array(passMs, { minLength: 1, maxLength: 300 }), (steps) => {
        const { clock, player, sent } = make()
        const client = new Client(clock)
        player.push(audio(25_000))
        let taken = 0
        for (const ms of [0, ...steps]) {
          clock.pass(ms)
          clock.pulse()
          for (const pcm of sent.slice(taken)) client.receive(pcm.length / 48)
          taken = sent.length
        }
        expect(client.gaps).toBe(0)
      }),
    )
  })

  it('is never more than 100 ms ahead nor behind, whatever the pulse does', () => {
    const step = fc.record({
      passMs: fc.oneof(fc.double({ min: 0, max: 40, noNaN: true }), fc.double({ min: 0, max: 400, noNaN: true })),
      pushBytes: fc.oneof(
        fc.constant(0),
        fc.nat(20_000).map((samples) => samples * 2),
      ),
      hold: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 100 }), fc.boolean(), (steps, holds) => {
        const { clock, player, sent } = make()
        const client = new Client(clock)
        let taken = 0
        let pushedBytes = 0
        const deliver = (): void => {
          for (const pcm of sent.slice(taken)) client.receive(pcm.length / 48)
          taken = sent.length
        }
        for (const { passMs, pushBytes, hold } of steps) {
          player.push(new Uint8Array(pushBytes))
          pushedBytes += pushBytes
          deliver()
          if (holds && hold) player.hold()
          else player.resume()
          deliver()
          expect(client.unplayedMs).toBeLessThanOrEqual(100.001)
          clock.pass(passMs)
          clock.pulse()
          deliver()
          expect(client.unplayedMs).toBeLessThanOrEqual(100.001)
          expect(player.playedMs).toBeCloseTo(client.playedMs, 3)
        }
        player.resume()
        player.end()
        deliver()
        // A pulse that comes on time finds audio left at the client, as long as there is any here.
        const gaps = client.gaps
        while (player.state === 'playing') {
          clock.run(20)
          deliver()
        }
        expect(client.gaps).toBe(gaps)
        expect(sent.reduce((sum, pcm) => sum + pcm.length, 0) - pushedBytes).toBeLessThan(frame)
      }),
    )
  })
})

describe('a paced player whose audio is encoded', () => {
  it('sends whole frames only, keeps what is left for more, and pushes the end out with silence', () => {
    const { clock, player, sent } = make(2.5)
    player.push(audio(50))
    clock.run(200)
    expect(sent.map((pcm) => pcm.length)).toEqual([frame, frame])
    player.push(audio(30))
    clock.run(200)
    expect(sent.map((pcm) => pcm.length)).toEqual([frame, frame, frame, frame])
    player.end()
    while (player.state === 'playing') clock.run(20)
    expect(sent).toHaveLength(5)
    expect(sent[4]?.every((byte) => byte === 0)).toBe(true)
    expect(player.state).toBe('played')
    expect(player.playedMs).toBe(80)
  })

  it('counts as heard what has come out of the decoder, by its clock and by reports', () => {
    const { clock, player } = make(2.5)
    player.push(audio(1000))
    clock.run(100)
    expect(player.playedMs).toBe(97.5)
    player.report(60)
    expect(player.playedMs).toBe(57.5)
  })

  it('sends as many frames as there are, whatever they were cut into, and ends with the last word heard', () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(pieces, (samples) => {
        const { clock, player, sent } = make(2.5)
        for (const count of samples) {
          player.push(new Uint8Array(2 * count).fill(7))
          clock.run(40)
        }
        player.end()
        while (player.state === 'playing') clock.run(20)
        const bytes = 2 * samples.reduce((sum, count) => sum + count, 0)
        expect(sent.every((pcm) => pcm.length === frame)).toBe(true)
        expect(sent).toHaveLength(Math.ceil(bytes / frame) + 1)
        expect(player.playedMs).toBe(player.pushedMs)
      }),
    )
  })

  it('says nothing when there was nothing to say', () => {
    const { clock, player, sent } = make(2.5)
    player.end()
    clock.run(100)
    expect([sent, player.state]).toEqual([[], 'played'])
  })
})

/** Plays what it has got, at once and without a break, as a client without a network does. */
class Client {
  gaps = 0
  #receivedMs = 0
  #endsMs = 0
  readonly #clock: HandDrivenClock

  constructor(clock: HandDrivenClock) {
    this.#clock = clock
  }

  get unplayedMs(): number {
    return Math.max(0, this.#endsMs - this.#clock.nowMs())
  }

  get playedMs(): number {
    return this.#receivedMs - this.unplayedMs
  }

  receive(ms: number): void {
    if (this.#endsMs < this.#clock.nowMs() && this.#receivedMs > 0) this.gaps += 1
    this.#endsMs = Math.max(this.#endsMs, this.#clock.nowMs()) + ms
    this.#receivedMs += ms
  }
}

function make(encoderDelayMs?: number) {
  const clock = new HandDrivenClock()
  const sent: Uint8Array[] = []
  const player = new PacedPlayer({
    playClock: clock,
    sendAudio: (pcm) => void sent.push(pcm),
    encoderDelayMs,
    onPulse: () => undefined,
    onFailed: (error) => {
      throw error
    },
  })
  return { clock, player, sent }
}

function audio(ms: number): Uint8Array {
  return new Uint8Array(ms * 48).fill(7)
}
