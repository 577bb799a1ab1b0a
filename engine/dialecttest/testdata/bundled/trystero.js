/* What the trystero tests do in a page. The clients are @trystero-p2p/core and /torrent as they
 * come from npm; the relay's strategy is written as the README of trystero says. */
import { createTopicStrategy, selfId, toJson } from '@trystero-p2p/core'
import { joinRoom as joinByTracker } from '@trystero-p2p/torrent'

const joinByRelay = createTopicStrategy({
  init: (config) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(config.relayConfig.urls[0])
      socket.addEventListener('open', () => resolve(socket), { once: true })
      socket.addEventListener('error', reject, { once: true })
    }),
  subscribeTopic: (socket, topic, onMessage) => {
    const heard = (event) => {
      const message = JSON.parse(event.data)
      if (message.topic === topic) onMessage(message.topic, message.payload)
    }
    socket.addEventListener('message', heard)
    socket.send(toJson({ type: 'subscribe', topic }))
    return () => {
      socket.send(toJson({ type: 'unsubscribe', topic }))
      socket.removeEventListener('message', heard)
    }
  },
  publishTopic: (socket, topic, payload) => socket.send(toJson({ type: 'publish', topic, payload })),
})

/** What the first other one has said, with its id. */
let heard

/** Enters a room of that name; says text to everyone who comes in. Returns the own id. */
function enter(path, name, text) {
  const joinRoom = path === '/trystero' ? joinByRelay : joinByTracker
  const url = `${location.origin.replace('http', 'ws')}${path}`
  const config = { appId: 'parley', relayConfig: { urls: [url] }, rtcConfig: { iceServers: [] } }
  const room = joinRoom(config, name)
  const talk = room.makeAction('talk')
  heard = new Promise((resolve) => {
    talk.onMessage = (data, { peerId }) => resolve([peerId, data])
  })
  room.onPeerJoin = (peerId) => talk.send(text, { target: peerId })
  return selfId
}

Object.assign(window, { enter, hear: () => heard })
