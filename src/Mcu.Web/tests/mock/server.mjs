// A stand-in for Mcu.Server: serves dist/ and speaks docs/signalling.md for one room per name. Media comes from a
// "media page" (media.html) that some browser opens at /mock/media and that answers the offers; without one there is none.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const folder = fileURLToPath(new URL('.', import.meta.url));
const dist = join(folder, '../../dist');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.map': 'application/json' };

/** Starts the mock; `behaviour` may hold `guests` (more participants), `role`, `refuse` (an error code) and `pages`. */
export async function startMock({ port = 0, behaviour = {} } = {}) {
  const mock = { behaviour, sessions: new Map(), mediaPage: null, answers: new Map(), log: [] };
  const server = createServer((request, response) => void serve(request, response));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    if (request.url === '/mock/media') connectMediaPage(mock, socket);
    else connectClient(mock, socket);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  mock.url = `http://127.0.0.1:${server.address().port}`;
  mock.close = () => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
  };
  /** Sends a message to everybody who has joined. */
  mock.tell = (message) => {
    for (const session of mock.sessions.values()) session.send(message);
  };
  /** Cuts the signalling of everybody, as a network does. */
  mock.cut = () => {
    for (const session of mock.sessions.values()) session.socket.terminate();
  };
  return mock;
}

async function serve(request, response) {
  const { pathname } = new URL(request.url, 'http://mock');
  const file =
    pathname === '/mock/media'
      ? join(folder, 'media.html')
      : pathname === '/mock/media.js'
        ? join(folder, 'media.js')
        : pathname === '/' || pathname.startsWith('/r/')
          ? join(dist, 'index.html')
          : join(dist, normalize(pathname));
  try {
    const content = await readFile(file);
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(content);
  } catch {
    response.writeHead(404).end();
  }
}

function connectMediaPage(mock, socket) {
  mock.mediaPage = socket;
  socket.on('message', (data) => {
    const { session, sdp } = JSON.parse(data);
    mock.answers.get(session)?.(sdp);
  });
}

function connectClient(mock, socket) {
  const send = (message) => socket.readyState === 1 && socket.send(JSON.stringify(message));
  const heartbeat = setInterval(() => send({ type: 'ping', t: Date.now() % 1e6 }), 2_000);
  let session = null;
  socket.on('close', () => clearInterval(heartbeat));
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    mock.log.push(message);
    const reply = (body) => send({ ...body, re: message.id });
    if (message.type === 'join' || message.type === 'resume') {
      session = greet(mock, message, reply, { socket, send });
    } else if (message.type === 'ping') {
      send({ type: 'pong', t: message.t });
    } else if (message.type !== 'pong' && !session) {
      reply({ type: 'error', code: 'unauthorized', title: 'Not joined', detail: 'Send join first.' });
    } else {
      handle(mock, session, message, reply);
    }
  });
}

function greet(mock, message, reply, connection) {
  const { behaviour } = mock;
  if (behaviour.refuse) {
    reply({ type: 'error', code: behaviour.refuse, title: 'The room is full', detail: 'Try again when somebody has left.' });
    return null;
  }
  let session = mock.sessions.get(message.session);
  if (message.type === 'resume' && !session) {
    reply({ type: 'error', code: 'not-found', title: 'Unknown session', detail: 'Join again.' });
    return null;
  }
  if (session) {
    Object.assign(session, connection);
  } else {
    session = {
      id: randomUUID(),
      room: message.room,
      layout: { scope: 'room', layout: 'grid', pinned: null, page: 0, pages: behaviour.pages ?? 1 },
      ...connection,
    };
    session.own = participant(randomUUID().slice(0, 8), message.name, { role: behaviour.role ?? 'host' });
    mock.sessions.set(session.id, session);
  }
  const participants = [...(behaviour.guests ?? []), session.own];
  const room = { name: session.room, layout: 'grid', pinned: null };
  const { own } = session;
  reply({
    type: 'joined',
    session: session.id,
    resumeToken: 'resume',
    participant: own.id,
    role: own.role,
    room,
    participants,
    iceServers: [],
  });
  session.send({ type: 'layout', ...session.layout });
  return session;
}

/** A participant as the protocol shows it. */
export function participant(
  id,
  name,
  { role = 'guest', muted = false, mutedBy = muted ? 'self' : null, camera = true, screen = false } = {},
) {
  const receiveLimit = 'full';
  return { id, name, role, audio: { sending: true, muted, mutedBy }, video: { sending: camera, muted: !camera }, screen, receiveLimit };
}

function handle(mock, session, message, reply) {
  switch (message.type) {
    case 'offer':
      answer(mock, session, message.sdp).then((sdp) => reply({ type: 'answer', sdp }));
      break;
    case 'candidate':
      mock.mediaPage?.send(JSON.stringify({ session: session.id, candidate: message.candidate }));
      break;
    case 'mute':
      mute(mock, session, message);
      reply({ type: 'ok' });
      break;
    case 'receive':
      session.own.receiveLimit = message.limit;
      reply({ type: 'ok' });
      mock.tell({ type: 'participant-updated', participant: session.own });
      break;
    case 'layout':
      session.layout = { ...session.layout, scope: message.layout === 'default' ? 'room' : message.scope, pinned: message.pinned ?? null };
      if (message.layout !== 'default') session.layout.layout = message.layout;
      if (message.page !== undefined) session.layout.page = message.page;
      reply({ type: 'ok' });
      session.send({ type: 'layout', ...session.layout });
      break;
    case 'chat':
      reply({ type: 'ok' });
      mock.tell({ type: 'chat', from: session.own.id, name: session.own.name, text: message.text, at: new Date().toISOString() });
      break;
    case 'kick':
      mock.behaviour.guests = (mock.behaviour.guests ?? []).filter(({ id }) => id !== message.participant);
      reply({ type: 'ok' });
      mock.tell({ type: 'participant-left', id: message.participant, reason: 'kicked' });
      break;
    case 'leave':
      mock.sessions.delete(session.id);
      reply({ type: 'closed', reason: 'left' });
      break;
    case 'pong':
      break;
    default:
      reply({ type: 'error', code: 'bad-request', title: 'Unknown type', detail: 'See docs/signalling.md.' });
  }
}

function mute(mock, session, message) {
  const target = message.participant ? mock.behaviour.guests?.find(({ id }) => id === message.participant) : session.own;
  if (!target) return;
  const by = message.participant ? 'room' : 'self';
  target[message.kind] = { ...target[message.kind], muted: message.muted };
  if (message.kind === 'audio') target.audio.mutedBy = message.muted ? by : null;
  else target.video.sending = !message.muted;
  mock.tell({ type: 'participant-updated', participant: target });
}

/** The media page's answer, or (without a media page) never one: the client then keeps showing "Joining…". */
function answer(mock, session, sdp) {
  return new Promise((resolve) => {
    mock.answers.set(session.id, resolve);
    mock.mediaPage?.send(JSON.stringify({ session: session.id, sdp }));
  });
}
