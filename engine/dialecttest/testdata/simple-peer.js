/* simple-peer as it comes from npm, with the article's protocol for its signals. */
'use strict';

/** @type {Promise<string>} what the other page says first */
let heard;

/**
 * Subscribes to a subject. As in the article, who hears a call makes the offer; the caller calls
 * until it hears something, for the other one may not be there yet.
 */
async function meet(subject, says, calls) {
  const socket = new WebSocket(`ws://${location.host}/swoole`);
  await new Promise((resolve) => { socket.onopen = resolve; });
  const send = (message) => socket.send(JSON.stringify({ subject, ...message }));
  send({ cmd: 'subscribe' });
  heard = new Promise((resolve, reject) => {
    let peer;
    const ready = (initiator) => {
      peer = new SimplePeer({ initiator, config: { iceServers: [] } });
      peer.on('signal', (data) => send({ cmd: 'publish', event: 'signal', data }));
      peer.on('connect', () => peer.send(says));
      peer.on('data', (data) => resolve(new TextDecoder().decode(data)));
      peer.on('error', reject);
    };
    const call = () => send({ cmd: 'publish', event: 'call' });
    const calling = calls && setInterval(call, 100);
    socket.onmessage = (e) => {
      const { event, data } = JSON.parse(e.data);
      clearInterval(calling);
      if (!peer) ready(event === 'call');
      if (event === 'signal') peer.signal(data);
    };
    if (calls) call();
  });
}
