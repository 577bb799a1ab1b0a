/* Node's ws: node ws.mjs URL json|msgpack. Prints what conversation.mjs reports. */
import { decode, encode } from '@msgpack/msgpack'
import WebSocket from 'ws'
import { converse, json } from './conversation.mjs'

const [url, codec] = process.argv.slice(2)
const msgpack = { name: 'msgpack', encode, decode }
const connect = (protocol) => new WebSocket(url, protocol, { perMessageDeflate: true })

/** A WebSocket ping, and a message in three frames. */
async function more(line) {
  const { socket } = line
  const pong = new Promise((resolve) => socket.once('pong', (data) => resolve(String(data))))
  socket.ping('are you there?')
  const message = Buffer.from(line.codec.encode({ type: 'ping', id: 4, filler: 'é'.repeat(5000) }))
  for (let at = 0; at < message.length; at += 4001) {
    socket.send(message.subarray(at, at + 4001), { binary: line.codec === msgpack, fin: at + 4001 >= message.length })
  }
  return { pong: await pong, fragmented: (await line.hear('pong')).id }
}

console.log(JSON.stringify(await converse(connect, codec === 'json' ? json : msgpack, more)))
