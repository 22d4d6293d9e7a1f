/**
 * What a page is asked about the media it receives. Runs in the page, and is sent there as text: it uses nothing from outside itself.
 * Installs `window.interop`.
 */
export function installMeasurements() {
  /** @type {RTCPeerConnection | undefined} */
  let own;
  /** @type {{ at: number, received: number | null, composed: number | null }[]} in ms: of performance.now(), and of the sender's clock */
  let frames = [];
  let since = 0;
  /** @type {HTMLVideoElement | undefined} */
  let watched;

  /** The page's connection, be it of the join page or joined over HTTP. */
  function connection() {
    const current = /** @type {any} */ (window).mcu?.connection ?? own;
    if (!current) throw new Error('There is no connection.');
    return /** @type {RTCPeerConnection} */ (current);
  }

  /** @param {string} kind */
  function receivedTrack(kind) {
    const track = connection()
      .getReceivers()
      .map((receiver) => receiver.track)
      .find((candidate) => candidate.kind === kind && candidate.readyState === 'live');
    if (!track) throw new Error(`No ${kind} is received.`);
    return track;
  }

  /** The element that shows the composite. */
  function video() {
    const track = receivedTrack('video');
    const element = [...document.querySelectorAll('video')].find((candidate) =>
      /** @type {MediaStream | null} */ (candidate.srcObject)?.getTracks().includes(track),
    );
    if (!element) throw new Error('No element shows the composite.');
    return element;
  }

  /**
   * Joins with one HTTP request, as WHIP and WHEP clients do.
   * @param {string} url
   * @param {{ send: boolean, receive: boolean, token?: string }} options
   */
  async function joinOverHttp(url, { send, receive, token }) {
    own = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    const direction = send ? (receive ? 'sendrecv' : 'sendonly') : 'recvonly';
    const local = send ? await navigator.mediaDevices.getUserMedia({ audio: true, video: true }) : null;
    for (const kind of ['audio', 'video'])
      own.addTransceiver(local?.getTracks().find((track) => track.kind === kind) ?? kind, { direction });
    if (receive) showComposite(own);
    await own.setLocalDescription();
    await gathered(own);
    const started = performance.now();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: own.localDescription?.sdp,
    });
    const body = await response.text();
    if (response.status !== 201) return { status: response.status, body, location: null, started };
    await own.setRemoteDescription({ type: 'answer', sdp: body });
    return { status: 201, body, location: response.headers.get('Location'), started };
  }

  /** @param {RTCPeerConnection} peer */
  function showComposite(peer) {
    const element = document.createElement('video');
    element.autoplay = true;
    element.srcObject = new MediaStream(peer.getReceivers().map((receiver) => receiver.track));
    document.body.append(element);
    element.play().catch(() => undefined);
  }

  /** @param {RTCPeerConnection} peer */
  function gathered(peer) {
    return new Promise((resolve) => {
      const check = () => peer.iceGatheringState === 'complete' && resolve(undefined);
      peer.addEventListener('icegatheringstatechange', check);
      check();
    });
  }

  /** When the first mixed sound and the first composed picture came: poll until both are there. */
  async function firstMedia() {
    const first = { audio: Number.NaN, video: Number.NaN };
    while (Number.isNaN(first.audio) || Number.isNaN(first.video)) {
      for (const { kind, packetsReceived, framesDecoded } of await inbound()) {
        if (kind === 'audio' && packetsReceived > 0 && Number.isNaN(first.audio)) first.audio = performance.now();
        if (kind === 'video' && framesDecoded > 0 && Number.isNaN(first.video)) first.video = performance.now();
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return first;
  }

  /** The streams that arrive. */
  async function inbound() {
    return statistics('inbound-rtp');
  }

  /** @param {string} type */
  async function statistics(type) {
    const report = await connection().getStats();
    /** @type {any[]} */
    const found = [];
    report.forEach((stat) => {
      if (stat.type === type) found.push({ ...stat, mimeType: report.get(stat.codecId)?.mimeType });
    });
    return found;
  }

  /**
   * Records the mix: 32-bit float samples as base64.
   * @param {number} seconds
   */
  async function record(seconds) {
    const context = new AudioContext({ sampleRate: 48_000 });
    await context.resume();
    const source = context.createMediaStreamSource(new MediaStream([receivedTrack('audio')]));
    const tap = context.createScriptProcessor(8192, 1, 1);
    const samples = new Float32Array(Math.round(seconds * context.sampleRate));
    let filled = 0;
    await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error(`Only ${filled} samples came in ${seconds} s and as long again.`)), seconds * 2000 + 2000);
      tap.onaudioprocess = ({ inputBuffer }) => {
        const chunk = inputBuffer.getChannelData(0).subarray(0, samples.length - filled);
        samples.set(chunk, filled);
        filled += chunk.length;
        if (filled === samples.length) resolve(undefined);
      };
      source.connect(tap).connect(context.destination);
    });
    tap.onaudioprocess = null;
    const { sampleRate } = context;
    await context.close();
    return { sampleRate, samples: toBase64(new Uint8Array(samples.buffer)) };
  }

  /** The picture shown now: luma (full range) as base64, and a PNG for people. */
  function grab() {
    const element = video();
    const { videoWidth: width, videoHeight: height } = element;
    if (!width || !height) throw new Error('No picture has come yet.');
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
    context.drawImage(element, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    const luma = new Uint8Array(width * height);
    for (let i = 0; i < luma.length; i++) luma[i] = Math.round(0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]);
    return { width, height, luma: toBase64(luma), png: canvas.toDataURL('image/png') };
  }

  /** Begins a log of the frames shown. */
  function watchFrames() {
    frames = [];
    since = performance.now();
    const element = video();
    if (watched === element) return;
    watched = element;
    /** @type {VideoFrameRequestCallback} */
    const note = (now, metadata) => {
      if (watched !== element) return;
      const composed = metadata.rtpTimestamp === undefined ? null : metadata.rtpTimestamp / 90;
      frames.push({ at: now, received: metadata.receiveTime ?? null, composed });
      element.requestVideoFrameCallback(note);
    };
    element.requestVideoFrameCallback(note);
  }

  /** The log so far, and when it began and was read. */
  function frameLog() {
    return { frames, since, now: performance.now() };
  }

  /** @param {Uint8Array} bytes */
  function toBase64(bytes) {
    let text = '';
    for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return btoa(text);
  }

  const interop = { connection, joinOverHttp, firstMedia, inbound, statistics, record, grab, watchFrames, frameLog };
  Object.assign(window, { interop });
  return interop;
}
