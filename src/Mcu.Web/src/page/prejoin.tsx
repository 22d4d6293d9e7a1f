import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClientState, DeviceKind, McuClient, McuError } from '../sdk';
import { Brand } from './brand';
import { DevicePickers } from './device-pickers';
import { Icon } from './icons';
import { initials } from './initials';
import { Notice } from './notice';
import { type DeviceProblems, distinct } from './room';

export interface PreJoinProps {
  readonly client: McuClient;
  readonly state: ClientState;
  readonly room: string;
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly onJoin: () => void;
  readonly joining: boolean;
  /** The browser is asking for permission. */
  readonly asking: boolean;
  readonly problems: DeviceProblems;
  readonly onProblems: (problems: DeviceProblems) => void;
  readonly onRetry: () => void;
  readonly joinError: McuError | null;
}

/** Getting ready: see and hear oneself, choose devices, say who one is. */
export function PreJoin(props: PreJoinProps) {
  const { client, state, room, name, problems, joining } = props;
  const [missingName, setMissingName] = useState(false);
  const nameInput = useRef<HTMLInputElement>(null);

  const report = (kind: DeviceKind, error: McuError | null) => {
    const next = { ...problems };
    delete next[kind];
    props.onProblems(error ? { ...next, [kind]: error } : next);
  };
  const toggle = (kind: DeviceKind) => {
    const turn = kind === 'microphone' ? client.setMicrophone(!state.microphone) : client.setCamera(!state.camera);
    void turn.then(
      () => report(kind, null),
      (error: McuError) => report(kind, error),
    );
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (name.trim()) {
      props.onJoin();
    } else {
      setMissingName(true);
      nameInput.current?.focus();
    }
  };
  const silent = client.local.microphone === null && client.local.camera === null && !props.asking;

  return (
    <div class="home">
      <header class="home-header">
        <Brand />
      </header>
      <main class="prejoin">
        <section class="prejoin-preview" aria-label="Preview">
          <Preview track={client.local.camera} asking={props.asking} name={name} />
          <div class="prejoin-toggles">
            <Toggle kind="microphone" on={state.microphone} onToggle={() => toggle('microphone')} />
            <Toggle kind="camera" on={state.camera} onToggle={() => toggle('camera')} />
          </div>
        </section>
        <form class="prejoin-form" onSubmit={submit} noValidate>
          <div>
            <p class="overline">You are about to join</p>
            <h1 class="room-name">{room}</h1>
          </div>
          {props.joinError && <Notice tone="error" title={props.joinError.title} text={props.joinError.advice} />}
          {distinct(problems).map((problem) => (
            <Notice
              key={problem.title}
              tone="warning"
              title={problem.title}
              text={problem.advice}
              action={problem.code === 'insecure-context' ? undefined : { label: 'Try again', run: props.onRetry }}
            />
          ))}
          <label class="field">
            <span class="field-label">Your name</span>
            <input
              ref={nameInput}
              type="text"
              autocomplete="name"
              maxLength={64}
              value={name}
              aria-invalid={missingName}
              aria-describedby={missingName ? 'name-problem' : undefined}
              onInput={(event) => {
                props.onName(event.currentTarget.value);
                setMissingName(false);
              }}
            />
            {missingName && (
              <span class="field-problem" id="name-problem" role="alert">
                Others see this name on your picture.
              </span>
            )}
          </label>
          <DevicePickers local={client.local} onError={report} />
          <button type="submit" class="button primary wide" disabled={joining}>
            {joining ? 'Joining…' : silent ? 'Join and listen' : 'Join now'}
          </button>
        </form>
      </main>
    </div>
  );
}

function Preview({ track, asking, name }: { track: MediaStreamTrack | null; asking: boolean; name: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = track ? new MediaStream([track]) : null;
  }, [track]);
  return (
    <div class="preview">
      <video ref={video} autoplay playsInline muted class="mirrored" hidden={!track} aria-label="Your camera" />
      {!track && (
        <div class="preview-empty">
          {asking ? (
            <p>Allow your browser to use the microphone and camera, so that others hear and see you.</p>
          ) : (
            <>
              <span class="avatar large" aria-hidden="true">
                {initials(name)}
              </span>
              <p>Your camera is off</p>
            </>
          )}
        </div>
      )}
    </div>
  );
}

function Toggle({ kind, on, onToggle }: { kind: DeviceKind; on: boolean; onToggle: () => void }) {
  const icon = kind === 'microphone' ? (on ? 'microphone' : 'microphoneOff') : on ? 'camera' : 'cameraOff';
  const label = kind === 'microphone' ? 'Microphone' : 'Camera';
  return (
    <button
      type="button"
      class={on ? 'round' : 'round off'}
      role="switch"
      aria-checked={on}
      aria-label={label}
      title={`${label} ${on ? 'on' : 'off'}`}
      onClick={onToggle}
    >
      <Icon name={icon} />
    </button>
  );
}
