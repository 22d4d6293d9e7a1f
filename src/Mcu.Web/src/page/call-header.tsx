import type { ClientState, QualityLevel } from '../sdk';
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

const bars: Record<QualityLevel, number> = { good: 3, fair: 2, poor: 1, lost: 0 };

function QualityBadge({ state, onPress }: { state: ClientState; onPress: () => void }) {
  const waiting = state.media !== 'connected' || !state.quality;
  const level = state.media === 'recovering' ? 'lost' : (state.quality?.level ?? 'good');
  const title = state.media === 'recovering' ? 'Reconnecting' : waiting ? 'Connecting' : (state.quality?.title ?? '');
  const lit = waiting ? 0 : bars[level];
  return (
    <button
      type="button"
      class={`quality ${level}`}
      aria-label={`${title}, show statistics`}
      title={state.quality?.detail ?? title}
      onClick={onPress}
    >
      <svg width="18" height="16" viewBox="0 0 18 16" aria-hidden="true" focusable="false">
        {[0, 1, 2].map((bar) => (
          <rect key={bar} x={bar * 6.5} y={10 - bar * 4.5} width="4.500" height={6 + bar * 4.5} rx="1.500" class={bar < lit ? 'lit' : ''} />
        ))}
      </svg>
      <span class="quality-title">{title}</span>
    </button>
  );
}
