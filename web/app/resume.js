import { byId, make } from './dom.js'
import { frameLine } from './picture.js'
import { say } from './words.js'

/**
 * Shows what a lost line cost: nothing. What was missed is counted by the room's own numbers,
 * from the last one heard before to the one that the room had reached at the return.
 * @param {import('./session.js').Session} session
 * @param {import('./tap.js').Tap} tap
 * @param {(id: string) => string} name
 */
export function watchResume({ room, signal }, tap, name) {
  const box = byId('resume')
  const list = make('ol')
  const head = make('p')
  let seq = 0
  let lostAt = 0
  let until = 0
  /** Requests that went out in the very turn in which the line came back. */
  let waiting = -1

  tap.on('down', () => {
    if (!lostAt) lostAt = performance.now()
    until = 0
    list.replaceChildren()
    head.textContent = say('dropping', { seconds: 0 })
    box.replaceChildren(head, list)
    box.hidden = false
    tick()
  }, { signal })
  tap.on('frame', (frame) => {
    const { way, message } = frame
    if (message.room !== undefined && message.room !== room.name) return
    if (way === 'out' && waiting >= 0 && message.id) waiting++
    if (way === 'in' && message.type === 'joined' && message.room === room.name && lostAt) return back(message)
    if (way === 'out' || !message.seq || message.type === 'joined') return
    if (message.type !== 'ok' && message.seq > seq && message.seq <= until) again(frame)
    if (message.type !== 'ok') seq = Math.max(seq, message.seq)
  }, { signal })

  function tick() {
    if (!lostAt) return
    head.textContent = say('dropping', { seconds: ((performance.now() - lostAt) / 1000).toFixed(1) })
    setTimeout(tick, 200)
  }

  /** @param {any} joined */
  function back(joined) {
    const seconds = ((performance.now() - lostAt) / 1000).toFixed(1)
    const same = joined.self.member === room.self?.id
    lostAt = 0
    until = joined.recovered ? joined.seq : 0
    if (!joined.recovered) seq = joined.seq
    waiting = 0
    head.textContent = `${say(same ? 'resumeSame' : 'resumeNew', { seconds })} ${joined.recovered ? say('resumeNone') : say('lineBackGap')}`
    queueMicrotask(() => {
      if (waiting) box.append(make('p', { textContent: say('resumeMine', { count: waiting }) }))
      waiting = -1
    })
  }

  /** @param {import('./tap.js').Frame} frame */
  function again(frame) {
    const line = frameLine(frame, name)
    line.dataset.again = ''
    list.append(line)
    const [first] = head.textContent.split(say('resumeNone'))
    const text = say('resumeSome', { count: list.children.length })
    head.textContent = list.children.length === 1 ? first + text : head.textContent.replace(say('resumeSome', { count: list.children.length - 1 }), text)
  }
}
