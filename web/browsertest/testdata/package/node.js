// An application of the package in Node: one member with JSON, one with msgpack.
import { webcrypto } from 'node:crypto'
import * as library from '@msgpack/msgpack'
import { connect, msgpack } from 'parley-signaling'
import { WebSocket } from 'ws' // Node has one of its own from version 22

globalThis.crypto ??= webcrypto // and these from 20
globalThis.CustomEvent ??= class extends Event {
  constructor(type, { detail }) {
    super(type)
    this.detail = detail
  }
}

const [, , url] = process.argv
const text = connect(url, { WebSocket })
const binary = connect(url, { WebSocket, codec: msgpack(library) })
const ada = await text.join('node', { profile: { name: '二进制' } })
const heard = new Promise((resolve) => ada.on('event', resolve))
const bob = await binary.join('node')
const { from, data } = await bob.send('chat', { text: 'grüße', list: [1, null, true, 2 ** 53 - 1, 1.5] }).then(() => heard)
const refused = await bob.send('x'.repeat(65)).catch(({ code, retryable }) => [code, retryable])
console.log(JSON.stringify([from === bob.self.id, data, [...bob.members.values()][0].profile, refused]))
text.close()
binary.close()
