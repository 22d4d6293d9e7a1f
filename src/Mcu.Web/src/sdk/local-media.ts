import { Emitter } from './emitter';
import { McuError, toCaptureError } from './errors';

export type DeviceKind = 'microphone' | 'camera';

export interface DeviceChoice {
  readonly id: string;
  readonly label: string;
}

export interface DeviceList {
  readonly microphones: readonly DeviceChoice[];
  readonly cameras: readonly DeviceChoice[];
  readonly speakers: readonly DeviceChoice[];
}

interface LocalMediaEvents {
  /** A track was opened, replaced or closed. */
  change: DeviceKind;
  /** A device went away while in use. */
  lost: { readonly kind: DeviceKind; readonly error: McuError };
  /** Devices were plugged in or out. */
  devices: undefined;
}

const audioConstraints: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const videoConstraints: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };

/** The microphone and camera of this browser: which is open, and which was chosen. Owns its tracks and stops them. */
export class LocalMedia extends Emitter<LocalMediaEvents> {
  readonly #tracks: Record<DeviceKind, MediaStreamTrack | null> = { microphone: null, camera: null };
  readonly #chosen: Record<DeviceKind, string | null> = { microphone: null, camera: null };

  constructor() {
    super();
    globalThis.navigator?.mediaDevices?.addEventListener?.('devicechange', () => this.emit('devices', undefined));
  }

  get microphone(): MediaStreamTrack | null {
    return this.#tracks.microphone;
  }

  get camera(): MediaStreamTrack | null {
    return this.#tracks.camera;
  }

  /** The device asked for, or the one in use. */
  deviceId(kind: DeviceKind): string | null {
    return this.#tracks[kind]?.getSettings().deviceId ?? this.#chosen[kind];
  }

  /** Opens the chosen (or default) device unless it is open. Throws McuError. */
  async open(kind: DeviceKind): Promise<MediaStreamTrack> {
    return this.#tracks[kind] ?? this.#capture(kind);
  }

  /** Opens both with one question to the user; resolves with the errors of those that could not be opened. */
  async openBoth(): Promise<Partial<Record<DeviceKind, McuError>>> {
    const devices = mediaDevices();
    if (devices instanceof McuError) return { microphone: devices, camera: devices };
    try {
      const stream = await devices.getUserMedia({ audio: this.#constraints('microphone'), video: this.#constraints('camera') });
      this.#adopt('microphone', stream.getAudioTracks()[0]);
      this.#adopt('camera', stream.getVideoTracks()[0]);
      return {};
    } catch {
      // One missing device fails the whole request: ask for each alone to learn which.
      const errors: Partial<Record<DeviceKind, McuError>> = {};
      for (const kind of ['microphone', 'camera'] as const) {
        await this.open(kind).catch((error: McuError) => {
          errors[kind] = error;
        });
      }
      return errors;
    }
  }

  /** Chooses a device; replaces the track when that kind is open. */
  async choose(kind: DeviceKind, deviceId: string): Promise<void> {
    this.#chosen[kind] = deviceId;
    if (!this.#tracks[kind]) return;
    const enabled = this.#tracks[kind].enabled;
    // Some platforms open a device only once, so the old track goes first.
    this.#tracks[kind].stop();
    this.#tracks[kind] = null;
    try {
      await this.#capture(kind, enabled);
    } catch (error) {
      this.emit('change', kind);
      throw error;
    }
  }

  close(kind: DeviceKind): void {
    const track = this.#tracks[kind];
    if (!track) return;
    this.#tracks[kind] = null;
    track.onended = null;
    track.stop();
    this.emit('change', kind);
  }

  /** What can be chosen; labels are empty until permission was given. */
  async list(): Promise<DeviceList> {
    const devices = mediaDevices();
    const all = devices instanceof McuError ? [] : await devices.enumerateDevices();
    const of = (kind: MediaDeviceKind, name: string): DeviceChoice[] =>
      all
        .filter((device) => device.kind === kind && device.deviceId !== '')
        .map((device, index) => ({ id: device.deviceId, label: device.label || `${name} ${index + 1}` }));
    return { microphones: of('audioinput', 'Microphone'), cameras: of('videoinput', 'Camera'), speakers: of('audiooutput', 'Speaker') };
  }

  #constraints(kind: DeviceKind): MediaTrackConstraints {
    const chosen = this.#chosen[kind];
    return { ...(kind === 'microphone' ? audioConstraints : videoConstraints), ...(chosen ? { deviceId: { exact: chosen } } : {}) };
  }

  async #capture(kind: DeviceKind, enabled = true): Promise<MediaStreamTrack> {
    const devices = mediaDevices();
    if (devices instanceof McuError) throw devices;
    const constraints = this.#constraints(kind);
    try {
      const stream = await devices.getUserMedia(kind === 'microphone' ? { audio: constraints } : { video: constraints });
      const [track] = stream.getTracks();
      if (!track) throw new McuError('no-device');
      track.enabled = enabled;
      this.#adopt(kind, track);
      return track;
    } catch (error) {
      throw error instanceof McuError ? error : toCaptureError(error, kind);
    }
  }

  #adopt(kind: DeviceKind, track: MediaStreamTrack | undefined): void {
    if (!track) return;
    if (this.#tracks[kind] && this.#tracks[kind] !== track) this.#tracks[kind].stop();
    this.#tracks[kind] = track;
    track.contentHint = kind === 'microphone' ? 'speech' : 'motion';
    track.onended = () => {
      if (this.#tracks[kind] !== track) return;
      this.#tracks[kind] = null;
      this.emit('change', kind);
      this.emit('lost', { kind, error: new McuError('device-lost', { title: `Your ${kind} was disconnected` }) });
    };
    this.emit('change', kind);
  }
}

/** Asks the user for a screen, window or tab; null when the user changes their mind. Throws McuError. */
export async function captureScreen(): Promise<MediaStreamTrack | null> {
  const devices = mediaDevices();
  if (devices instanceof McuError) throw devices;
  if (!canShareScreen()) throw new McuError('not-supported', { title: 'This browser cannot share the screen' });
  try {
    const stream = await devices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
    const track = stream.getVideoTracks()[0] ?? null;
    if (track) track.contentHint = 'detail';
    return track;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotAllowedError') return null;
    throw toCaptureError(error, 'screen');
  }
}

/** Phones cannot. */
export function canShareScreen(): boolean {
  return typeof globalThis.navigator?.mediaDevices?.getDisplayMedia === 'function';
}

function mediaDevices(): MediaDevices | McuError {
  if (globalThis.navigator?.mediaDevices) return navigator.mediaDevices;
  return new McuError(globalThis.isSecureContext === false ? 'insecure-context' : 'not-supported');
}
