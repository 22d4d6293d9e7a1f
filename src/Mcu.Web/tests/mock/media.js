// Runs in a browser: draws a composite, hums a tone, and answers the offers that the mock server passes on.
const people = [
  ['Ana Souza', '#35506b', '#e9c7a6', '#3a2a22'],
  ['Ben Okafor', '#5b4a3a', '#8a5a3c', '#1d1714'],
  ['Chiara Rossi', '#3f5a4c', '#f0d3b8', '#7a4a24'],
  ['Dilan Şahin', '#5a4560', '#d9b08c', '#241c1c'],
];
const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
document.body.append(canvas);
const context = canvas.getContext('2d');
const started = performance.now();

function drawTile([name, wall, skin, hair], index) {
  const width = 632;
  const height = 352;
  const x = 4 + (index % 2) * 640;
  const y = 4 + Math.floor(index / 2) * 360;
  const sway = Math.sin((performance.now() - started) / 900 + index) * 8;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  const light = context.createLinearGradient(x, y, x + width, y + height);
  light.addColorStop(0, wall);
  light.addColorStop(1, '#1b232b');
  context.fillStyle = light;
  context.fillRect(x, y, width, height);
  const cx = x + width / 2 + sway;
  const shape = (color, ...ellipse) => {
    context.fillStyle = color;
    context.beginPath();
    context.ellipse(...ellipse, 0, 0, Math.PI * 2);
    context.fill();
  };
  shape('#26323d', cx, y + height + 40, 190, 150);
  shape(skin, cx, y + 250, 34, 50);
  shape(hair, cx, y + 150, 84, 98);
  shape(skin, cx, y + 168, 68, 86);
  shape(hair, cx, y + 96, 74, 36);
  context.restore();
  context.fillStyle = 'rgb(10 14 18 / 70%)';
  context.font = '500 22px sans-serif';
  context.fillRect(x + 12, y + height - 46, context.measureText(name).width + 24, 34);
  context.fillStyle = '#fff';
  context.fillText(name, x + 24, y + height - 22);
  if (index === 0) {
    context.strokeStyle = '#4cc38a';
    context.lineWidth = 5;
    context.strokeRect(x + 2.5, y + 2.5, width - 5, height - 5);
  }
}

setInterval(() => {
  context.fillStyle = '#10181f';
  context.fillRect(0, 0, canvas.width, canvas.height);
  people.forEach(drawTile);
}, 40);

const audio = new AudioContext();
const tone = audio.createOscillator();
const gain = audio.createGain();
gain.gain.value = 0.02;
const sink = audio.createMediaStreamDestination();
tone.connect(gain).connect(sink);
tone.start();
const stream = new MediaStream([canvas.captureStream(25).getVideoTracks()[0], sink.stream.getAudioTracks()[0]]);

const peers = new Map();
const socket = new WebSocket(`ws://${location.host}/mock/media`);
socket.onmessage = async ({ data }) => {
  const { session, sdp, candidate } = JSON.parse(data);
  if (candidate !== undefined) {
    await peers.get(session)?.addIceCandidate(candidate ?? undefined);
    return;
  }
  const peer = peers.get(session) ?? new RTCPeerConnection();
  const first = !peers.has(session);
  peers.set(session, peer);
  await peer.setRemoteDescription({ type: 'offer', sdp });
  if (first) for (const track of stream.getTracks()) peer.addTrack(track, stream);
  await peer.setLocalDescription(await peer.createAnswer());
  while (peer.iceGatheringState !== 'complete')
    await new Promise((resolve) => peer.addEventListener('icegatheringstatechange', resolve, { once: true }));
  socket.send(JSON.stringify({ session, sdp: peer.localDescription.sdp }));
};
