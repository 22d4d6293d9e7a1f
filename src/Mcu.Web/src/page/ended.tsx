import type { ClientState } from '../sdk';
import { Brand } from './brand';

const texts: Record<string, [title: string, text: string, again: string | null]> = {
  left: ['You left the room', 'Come back whenever you like.', 'Rejoin'],
  kicked: ['You were removed from the room', 'A host ended your participation.', null],
  shutdown: ['The server was shut down', 'It may be back in a moment.', 'Try again'],
  lost: ['The connection was lost', 'You were away for too long.', 'Rejoin'],
  failed: ['Sound and picture were cut off', 'The media connection broke on the server.', 'Rejoin'],
  replaced: ['You joined from somewhere else', 'Your place was taken over by another window or device.', 'Use this one'],
};

export interface EndedProps {
  readonly ended: ClientState['ended'];
  readonly room: string;
  readonly onRejoin: () => void;
}

/** After the call. */
export function Ended({ ended, room, onRejoin }: EndedProps) {
  const error = ended?.error;
  const [title, text, again] = error
    ? [error.title, error.advice, 'Try again']
    : (texts[ended?.reason ?? 'left'] ?? ['The call ended', '', 'Rejoin']);
  return (
    <div class="home">
      <header class="home-header">
        <Brand />
      </header>
      <main class="ended">
        <div class="card ended-card" role="status">
          <p class="overline">{room}</p>
          <h1>{title}</h1>
          <p>{text}</p>
          <div class="button-row">
            {again && (
              <button type="button" class="button primary" onClick={onRejoin}>
                {again}
              </button>
            )}
            <a class="button" href="/">
              Home
            </a>
          </div>
        </div>
      </main>
    </div>
  );
}
