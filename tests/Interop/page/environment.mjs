/**
 * Shapes the browser before any script of the page runs, so that the page itself needs no test hooks: what devices deliver, which codecs
 * the browser knows, and which port media goes to. Runs in the page, and is sent there as text: it uses nothing from outside itself.
 *
 * @typedef {object} Environment
 * @property {string} [videoCodec] the only one the browser knows, e.g. VP9
 * @property {string} [audioCodec] the only one the browser knows, e.g. G722
 * @property {{ from: number, to: number }} [mediaPort] candidates of the server with the first port get the second: the way through a relay
 * @property {boolean} [tcpOnly] the network carries no UDP: only the server's TCP candidates are there
 * @property {boolean} [relayOnly] everything goes through a TURN server
 * @property {number} [frameRate] of the camera, by default 15
 * @property {number} [width] of the camera in pixels, by default 640; it is 16:9
 * @property {Film & { frequency: number }} [devices] camera, and the microphone's tone in Hz, of browsers that take no files
 * @property {Film} [screen] what is captured when the screen is shared
 *
 * @typedef {{ jpegs: string[], rate: number }} Film pictures in base64, and how many are shown in a second
 *
 * @param {Environment} environment
 */
export function installEnvironment({
  videoCodec,
  audioCodec,
  mediaPort,
  tcpOnly,
  relayOnly,
  frameRate = 15,
  width = 640,
  devices,
  screen,
}) {
  const media = navigator.mediaDevices;
  if (media) {
    const capture = devices
      ? async () => new MediaStream([await camera({ ...devices, rate: frameRate }), tone(devices.frequency)])
      : MediaDevices.prototype.getUserMedia.bind(media);
    media.getUserMedia = async (wanted = {}) => {
      const stream = await capture({
        // Processing made for voices would eat tones.
        audio: wanted.audio && { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
        video: wanted.video && { width, height: Math.round((width * 9) / 16), frameRate },
      });
      for (const track of stream.getTracks()) if (!wanted[/** @type {'audio' | 'video'} */ (track.kind)]) stream.removeTrack(track);
      return stream;
    };
    if (screen) media.getDisplayMedia = async () => new MediaStream([await camera(screen)]);
  }

  const prototype = /** @type {any} */ (RTCPeerConnection.prototype);

  if (videoCodec || audioCodec) {
    for (const name of ['createOffer', 'setLocalDescription']) {
      prototype[name] = new Proxy(prototype[name], {
        apply(original, connection, args) {
          if (connection.signalingState === 'stable') for (const transceiver of connection.getTransceivers()) narrow(transceiver);
          return original.apply(connection, args);
        },
      });
    }
  }

  /** @param {(sdp: string) => string} edit */
  function editAnswers(edit) {
    prototype.setRemoteDescription = new Proxy(prototype.setRemoteDescription, {
      apply(original, connection, [{ type, sdp }]) {
        return original.call(connection, { type, sdp: edit(sdp) });
      },
    });
  }

  if (mediaPort) {
    const port = new RegExp(`^(a=candidate:.* )${mediaPort.from}( typ )`, 'gm');
    editAnswers((sdp) => sdp.replace(port, `$1${mediaPort.to}$2`).replace(/^a=candidate:.* tcp .*\r?\n/gim, ''));
  }

  if (tcpOnly) editAnswers((sdp) => sdp.replace(/^a=candidate:.* udp .*\r?\n/gim, ''));

  if (relayOnly) {
    window.RTCPeerConnection = class extends RTCPeerConnection {
      /** @param {RTCConfiguration} [configuration] */
      constructor(configuration) {
        super({ ...configuration, iceTransportPolicy: 'relay' });
      }
    };
  }

  /** @param {RTCRtpTransceiver} transceiver */
  function narrow(transceiver) {
    const { kind } = transceiver.receiver.track;
    const only = kind === 'video' ? videoCodec : audioCodec;
    if (!only) return;
    const known = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
    const wanted = known.filter(({ mimeType }) =>
      [`${kind}/${only}`, 'video/rtx'].some((name) => name.toLowerCase() === mimeType.toLowerCase()),
    );
    transceiver.setCodecPreferences(wanted);
  }

  /**
   * A camera that paints the pictures in turn.
   * @param {Film} film
   */
  async function camera({ jpegs, rate }) {
    const bitmaps = await Promise.all(jpegs.map((jpeg) => createImageBitmap(jpegBlob(jpeg))));
    const canvas = document.createElement('canvas');
    canvas.width = bitmaps[0].width;
    canvas.height = bitmaps[0].height;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    let next = 0;
    setInterval(() => context.drawImage(bitmaps[next++ % bitmaps.length], 0, 0), 1000 / rate);
    return canvas.captureStream().getVideoTracks()[0];
  }

  /**
   * A microphone that picks up one tone.
   * @param {number} frequency in Hz
   */
  function tone(frequency) {
    const context = new AudioContext();
    const gain = new GainNode(context, { gain: 10 ** (-18 / 20) });
    const oscillator = new OscillatorNode(context, { frequency });
    const microphone = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    oscillator.connect(gain).connect(microphone);
    oscillator.start();
    return microphone.stream.getAudioTracks()[0];
  }

  /** @param {string} base64 */
  function jpegBlob(base64) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new Blob([bytes], { type: 'image/jpeg' });
  }
}
