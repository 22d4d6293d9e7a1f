import type { ClientState } from '../sdk';
import { Bars } from './bars';
import { Icon } from './icons';

export interface CallHeaderProps {
  readonly room: string;
  readonly state: ClientState;
  readonly onCopy: () => void;
  readonly onStatistics: () => void;
}

export function CallHeader({ room, state, onCopy, onStatistics }: CallHeaderProps) {
  const speaker = state.participants.find(({ id }) => id === state.activeSpeaker);
  return (
    <header class="call-header">
      <div class="call-title">
        <h1>{room}</h1>
        <button
          type="button"
          class="icon-button small"
          aria-label="Copy the invitation link"
          title="Copy the invitation link"
          onClick={onCopy}
        >
          <Icon name="link" size={18} />
        </button>
        <p class="call-recording" role="status" hidden={!state.recording}>
          {state.recording ? 'Recording' : ''}
        </p>
      </div>
      {speaker && speaker.id !== state.self && (
        <p class="call-speaker">
          <Icon name="speaker" size={16} />
          <span>{speaker.name}</span>
        </p>
      )}
      <QualityBadge state={state} onPress={onStatistics} />
    </header>
  );
}

function QualityBadge({ state, onPress }: { state: ClientState; onPress: () => void }) {
  const waiting = state.media !== 'connected' || !state.quality;
  const level = state.media === 'recovering' ? 'lost' : (state.quality?.level ?? 'good');
  const title = state.media === 'recovering' ? 'Reconnecting' : waiting ? 'Connecting' : (state.quality?.title ?? '');
  return (
    <button
      type="button"
      class={`quality ${level}`}
      aria-label={`${title}, show statistics`}
      title={state.quality?.detail ?? title}
      onClick={onPress}
    >
      <Bars level={waiting ? null : level} />
      <span class="quality-title">{title}</span>
    </button>
  );
}
