import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClientState, McuClient, ReceiveLimit } from '../sdk';
import { Icon } from './icons';

export interface StageProps {
  readonly client: McuClient;
  readonly state: ClientState;
  /** Output device; '' is the system's. */
  readonly speaker: string;
  readonly selfPreview: boolean;
  /** The device asks to save data, and nothing was chosen here. */
  readonly suggestsSaving: boolean;
  readonly onReceiveLimit: (limit: ReceiveLimit) => void;
  readonly onCopy: () => void;
}

/** The one composite, as large as fits, and what must be said over it. */
export function Stage({ client, state, speaker, selfPreview, suggestsSaving, onReceiveLimit, onCopy }: StageProps) {
  const { video, blocked, unblock } = useComposite(client, speaker);
  const [ratio, setRatio] = useState(16 / 9);
  const alone = state.participants.length <= 1 && state.media === 'connected';
  return (
    <main class="stage">
      <div class="stage-frame" style={{ '--ratio': ratio.toFixed(4) }}>
        <video
          id="composite"
          ref={video}
          autoplay
          playsInline
          aria-label="Everybody in the room"
          onResize={({ currentTarget }) => {
            if (currentTarget.videoWidth > 0) setRatio(currentTarget.videoWidth / currentTarget.videoHeight);
          }}
        />
        {state.media === 'connecting' && (
          <div class="stage-cover" role="status">
            <span class="spinner" aria-hidden="true" />
            <p>Connecting…</p>
          </div>
        )}
        {state.receiveLimit === 'audio-only' && state.media !== 'connecting' && (
          <div class="stage-cover" role="status">
            <p>Audio only: no picture is loaded.</p>
            <button type="button" class="button small" onClick={() => onReceiveLimit('full')}>
              Show the picture
            </button>
          </div>
        )}
        {blocked && (
          <div class="stage-cover">
            <button type="button" class="button primary" onClick={unblock}>
              <Icon name="speaker" /> Tap to hear
            </button>
          </div>
        )}
        {selfPreview && <SelfPreview track={client.local.camera} hidden={state.selfView} />}
      </div>
      <div class="stage-banners" role="status">
        <ConnectionBanner state={state} />
        {suggestsSaving && (
          <div class="banner">
            <p>Your device asks to save data.</p>
            <button type="button" class="button small" onClick={() => onReceiveLimit('save-data')}>
              Save data
            </button>
            <button type="button" class="button small" onClick={() => onReceiveLimit('full')}>
              No
            </button>
          </div>
        )}
        {alone && (
          <div class="banner">
            <p>You are the only one here.</p>
            <button type="button" class="button small" onClick={onCopy}>
              <Icon name="link" size={16} /> Copy invitation
            </button>
          </div>
        )}
      </div>
    </main>
  );
}

function ConnectionBanner({ state }: { state: ClientState }) {
  if (state.media === 'recovering') {
    return (
      <div class="banner warning">
        <span class="spinner small" aria-hidden="true" />
        <p>The connection was interrupted. Reconnecting…</p>
      </div>
    );
  }
  if (state.signalling === 'reconnecting') {
    return (
      <div class="banner delayed">
        <span class="spinner small" aria-hidden="true" />
        <p>Reconnecting to the server. Sound and picture go on.</p>
      </div>
    );
  }
  return null;
}

function SelfPreview({ track, hidden }: { track: MediaStreamTrack | null; hidden: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = track ? new MediaStream([track]) : null;
  }, [track]);
  return (
    <video
      id="self-preview"
      class="self-preview mirrored"
      ref={video}
      autoplay
      playsInline
      muted
      hidden={!track || hidden}
      aria-label="Your camera"
    />
  );
}

/** Plays the stream with sound; where the browser wants a tap first, plays it silent until then. */
function useComposite(client: McuClient, speaker: string) {
  const video = useRef<HTMLVideoElement>(null);
  const [blocked, setBlocked] = useState(false);
  useEffect(() => {
    const play = async (stream: MediaStream) => {
      const element = video.current;
      if (!element) return;
      if (element.srcObject !== stream) element.srcObject = stream;
      try {
        await element.play();
      } catch (error) {
        if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return;
        element.muted = true;
        setBlocked(true);
        await element.play().catch(() => undefined);
      }
    };
    if (client.stream && client.stream.getTracks().length > 0) void play(client.stream);
    return client.on('stream', (stream) => void play(stream));
  }, [client]);
  useEffect(() => {
    const element = video.current as (HTMLVideoElement & { setSinkId?: (id: string) => Promise<void> }) | null;
    if (speaker) void element?.setSinkId?.(speaker).catch(() => undefined);
  }, [speaker]);
  const unblock = () => {
    const element = video.current;
    if (!element) return;
    element.muted = false;
    setBlocked(false);
    void element.play().catch(() => setBlocked(true));
  };
  return { video, blocked, unblock };
}
