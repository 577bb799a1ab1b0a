/* What every WebSocket client of the tests does, in a browser or in Node: two connections talk
   to each other, and what they saw is returned. */

/**
 * A connection whose messages are read one by one.
 * @param {any} socket open, or about to be
 */
class Line {
  constructor(socket, codec) {
    this.socket = socket
    this.codec = codec
    this.heard = []
    this.wake = () => {}
    socket.binaryType = 'arraybuffer'
    socket.onmessage = ({ data }) => {
      this.heard.push(codec.decode(typeof data === 'string' ? data : new Uint8Array(data)))
      this.wake()
    }
    this.open = new Promise((resolve, reject) => {
      socket.onopen = resolve
      socket.onerror = ({ message }) => reject(Error(message ?? 'the socket failed'))
    })
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, wasClean }) => resolve({ code, wasClean })
    })
  }

  say(message) {
    this.socket.send(this.codec.encode(message))
  }

  /** Returns the next message of the type, passing over others. */
  async hear(type) {
    for (;;) {
      const i = this.heard.findIndex((m) => m.type === type)
      if (i >= 0) return this.heard.splice(0, i + 1)[i]
      await new Promise((resolve) => (this.wake = resolve))
    }
  }
}

/**
 * Talks, and reports.
 * @param {(protocol: string) => any} connect makes a socket with a subprotocol
 * @param {{ name: string, encode(message: object): string | Uint8Array, decode(data: any): any }} codec
 * @param {(line: Line) => Promise<object>} [more] what only this client can
 */
export async function converse(connect, codec, more = async () => ({})) {
  const protocol = `parley.v1.${codec.name}`
  const [a, b] = [new Line(connect(protocol), codec), new Line(connect(protocol), codec)]
  await Promise.all([a.open, b.open])
  a.say({ type: 'join', room: 'conversation', id: 1, profile: { name: 'Änne' } })
  await a.hear('joined')
  b.say({ type: 'join', room: 'conversation', id: 1 })
  const { members } = await b.hear('joined')
  const { change } = await a.hear('member')

  const said = { text: 'grüße 🙂', list: [1.5, null, true, -7] }
  a.say({ type: 'send', room: 'conversation', event: 'chat', data: said, id: 2 })
  const event = await b.hear('event')
  const { id: answered } = await a.hear('ok')
  b.say({ type: 'send', room: 'conversation', event: 'long', data: 'x'.repeat(60_000) })
  const { data: long } = await a.hear('event')
  a.say({ type: 'ping', id: 3 })
  const { id: ponged } = await a.hear('pong')
  const own = await more(a)

  b.socket.close(1000, 'that was all')
  const left = await a.hear('member')
  a.socket.send(codec.name === 'json' ? new Uint8Array([1]) : 'text')
  return {
    protocol: a.socket.protocol, extensions: a.socket.extensions,
    name: members[0].profile.name, change, data: event.data, answered, long: long.length, ponged, ...own,
    left: left.reason, good: await b.closed, bad: await a.closed,
  }
}

export const json = { name: 'json', encode: JSON.stringify, decode: JSON.parse }
