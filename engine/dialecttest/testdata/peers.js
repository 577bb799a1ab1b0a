/* What the PeerJS tests do in a page. The clients are peerjs as it comes from npm. */
'use strict';

/** @type {any} the page's peer */
let peer;
/** @type {any} its connection to another */
let connection;

/** Resolves with what target emits; rejects with the type of an error before it. */
function event(target, name) {
  return new Promise((resolve, reject) => {
    target.once(name, resolve);
    if (name !== 'error') target.once('error', (e) => reject(new Error(`error ${e.type}: ${e.message}`)));
  });
}

/** Makes a peer, without waiting for it. */
function make(id, options) {
  const at = { host: location.hostname, port: location.port, path: '/peerjs', config: { iceServers: [] }, ...options };
  return id ? new Peer(id, at) : new Peer(at);
}

/** Starts the page's peer: its id. */
async function start(id, options) {
  peer = make(id, options);
  return event(peer, 'open');
}

/** Makes a peer that must fail: the type of its error. */
async function fail(id, options) {
  return (await event(make(id, options), 'error')).type;
}

/** Connects to an id that is not there: the type of the error. */
async function miss(id) {
  peer.connect(id);
  return (await event(peer, 'error')).type;
}

/** Echoes what the next connection says, with its sender. */
function echo() {
  peer.once('connection', (c) => c.on('data', (data) => c.send({ from: c.peer, data })));
}

/** Connects, says data, and returns what comes back. */
async function say(id, data) {
  connection = peer.connect(id, { reliable: true });
  await event(connection, 'open');
  connection.send(data);
  return event(connection, 'data');
}

/** A moving picture, without a camera. */
function picture() {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  const draw = () => {
    pen.fillStyle = `hsl(${performance.now() % 360} 90% 50%)`;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    requestAnimationFrame(draw);
  };
  draw();
  return canvas.captureStream(15);
}

/** Resolves with the width of the first frame that a stream shows. */
function shown(stream) {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  document.body.append(video);
  return new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve(video.videoWidth));
    video.play();
  });
}

/** Answers the next call: the page shows what comes. */
function answer() {
  globalThis.answered = new Promise((resolve, reject) => {
    peer.once('call', (call) => {
      call.answer(picture());
      event(call, 'stream').then(shown).then(resolve, reject);
    });
  });
}

/** Calls, and shows what comes. */
async function ring(id) {
  return shown(await event(peer.call(id, picture()), 'stream'));
}

/** Disconnects and reconnects that often: the id, and how long each time took, in ms. */
async function bounce(times) {
  const took = [];
  let id;
  for (let i = 0; i < times; i++) {
    const gone = event(peer, 'disconnected');
    const from = performance.now();
    peer.disconnect();
    await gone;
    peer.reconnect();
    id = await event(peer, 'open');
    took.push(performance.now() - from);
  }
  return { id, took };
}

/** A second peer claims the id of the page's own with its token: its id, once the first has lost it. */
async function takeOver(id, token) {
  const lost = new Promise((resolve) => peer.once('disconnected', resolve));
  const second = make(id, { token });
  const opened = await event(second, 'open');
  await lost;
  peer = second;
  return opened;
}

/** All that is told of peers; the type of the error where it is refused. */
function list() {
  return new Promise((resolve) => {
    peer.once('error', (e) => resolve(e.type));
    peer.listAllPeers((ids) => resolve(ids));
  });
}
