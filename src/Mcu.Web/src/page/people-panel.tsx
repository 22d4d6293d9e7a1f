import { useState } from 'preact/hooks';
import type { ClientState, McuClient, Participant } from '../sdk';
import { Icon } from './icons';
import { initials } from './initials';
import { layoutForPin } from './layout-panel';
import { Panel } from './panel';
import { describeParticipant } from './toolbar-state';

export interface PeoplePanelProps {
  readonly client: McuClient;
  readonly state: ClientState;
  readonly attempt: (work: Promise<unknown>) => void;
  readonly onCopy: () => void;
  readonly onClose: () => void;
}

export function PeoplePanel({ client, state, attempt, onCopy, onClose }: PeoplePanelProps) {
  const [open, setOpen] = useState<string | null>(null);
  const footer = (
    <div class="panel-footer">
      <button type="button" class="button wide" onClick={onCopy}>
        <Icon name="link" size={18} /> Copy invitation link
      </button>
    </div>
  );
  return (
    <Panel title={`People (${state.participants.length})`} onClose={onClose} footer={footer}>
      <ul class="people">
        {state.participants.map((participant) => (
          <Person
            key={participant.id}
            participant={participant}
            client={client}
            state={state}
            open={open === participant.id}
            onOpen={() => setOpen(open === participant.id ? null : participant.id)}
            attempt={attempt}
          />
        ))}
      </ul>
    </Panel>
  );
}

interface PersonProps {
  readonly participant: Participant;
  readonly client: McuClient;
  readonly state: ClientState;
  readonly open: boolean;
  readonly onOpen: () => void;
  readonly attempt: (work: Promise<unknown>) => void;
}

function Person({ participant, client, state, open, onOpen, attempt }: PersonProps) {
  const { id, name, audio, video } = participant;
  const description = describeParticipant(participant, state.self);
  const speaking = state.activeSpeaker === id;
  return (
    <li class={speaking ? 'person speaking' : 'person'}>
      <div class="person-row">
        <span class="avatar" aria-hidden="true">
          {initials(name)}
        </span>
        <span class="person-text">
          <span class="person-name">{name}</span>
          {description && <span class="hint">{description}</span>}
          <span class="visually-hidden">
            {audio.muted || !audio.sending ? ', microphone off' : ', microphone on'}
            {video.sending && !video.muted ? ', camera on' : ', camera off'}
            {speaking ? ', speaking' : ''}
          </span>
        </span>
        <span class="person-state">
          {video.sending && !video.muted && <Icon name="camera" size={18} />}
          <Icon name={audio.muted || !audio.sending ? 'microphoneOff' : 'microphone'} size={18} />
        </span>
        <button type="button" class="icon-button" aria-label={`Actions for ${name}`} aria-expanded={open} onClick={onOpen}>
          <Icon name="more" size={18} />
        </button>
      </div>
      {open && <PersonActions participant={participant} client={client} state={state} attempt={attempt} />}
    </li>
  );
}

function PersonActions({ participant, client, state, attempt }: Omit<PersonProps, 'open' | 'onOpen'>) {
  const [confirming, setConfirming] = useState(false);
  const { id, audio, video } = participant;
  const pinned = state.layout?.pinned === id;
  const pin = () =>
    client.setLayout({ scope: 'me', layout: layoutForPin(state.layout?.layout ?? 'grid', pinned ? '' : id), pinned: pinned ? null : id });
  const mayModerate = state.role === 'host' && id !== state.self;
  return (
    <div class="person-actions">
      <button type="button" class="button small" aria-pressed={pinned} onClick={() => attempt(pin())}>
        <Icon name="pin" size={16} /> {pinned ? 'Unpin' : 'Keep large for me'}
      </button>
      {mayModerate && (
        <>
          <button type="button" class="button small" disabled={audio.muted} onClick={() => attempt(client.muteParticipant(id, 'audio'))}>
            <Icon name="microphoneOff" size={16} /> Mute
          </button>
          {video.sending && !video.muted && (
            <button type="button" class="button small" onClick={() => attempt(client.muteParticipant(id, 'video'))}>
              <Icon name="cameraOff" size={16} /> Stop video
            </button>
          )}
          <button type="button" class="button small danger" onClick={() => (confirming ? attempt(client.kick(id)) : setConfirming(true))}>
            <Icon name="remove" size={16} /> {confirming ? 'Really remove?' : 'Remove'}
          </button>
        </>
      )}
    </div>
  );
}
