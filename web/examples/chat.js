import { connect } from '../sdk/parley.js'

const [log] = document.querySelectorAll('section'), [status] = document.getElementsByTagName('output'), [form] = document.forms
/** @param {string} who @param {string} text */
const say = (who, text) => {
  const line = log.appendChild(document.createElement('p'))
  line.append(Object.assign(document.createElement('b'), { textContent: who }), ' ', text)
  line.scrollIntoView()
}

const client = connect('../ws')
const room = client.room('chat')
client.on('state', ({ state }) => (status.textContent = state))
room.on('member', ({ change, member }) => say(member.profile.name, `has ${change}`))
room.on('event', ({ from, data }) => say(room.members.get(from)?.profile.name, data.text))
form.addEventListener('submit', async (e) => {
  e.preventDefault()
  const text = String(new FormData(form).get('text'))
  form.reset()
  await room.send('chat', { text }, { timeout: 0 }) // however long the line is down
  say('You', text)
})
await room.join({ profile: { name: `Guest ${1 + Math.floor(Math.random() * 99)}` }, timeout: 0 })
