import { useState } from 'preact/hooks';
import { randomRoomName, roomAddress, toRoomName } from './address';
import { Brand } from './brand';
import { recall, remember } from './preferences';

/** `/`: which room, and who. */
export function Home() {
  const [name, setName] = useState(recall('name') ?? '');
  const [room, setRoom] = useState('');
  const [problem, setProblem] = useState<string | null>(null);

  const go = (target: string) => {
    if (name.trim()) remember('name', name.trim());
    location.assign(roomAddress('', target));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const target = toRoomName(room);
    if (target) go(target);
    else setProblem('Enter the name of a room (letters a to z, digits, hyphens), or create a new one.');
  };

  return (
    <div class="home">
      <header class="home-header">
        <Brand />
      </header>
      <main class="home-main">
        <div class="home-pitch">
          <h1>Meet without the strain on your line</h1>
          <p>Everybody in the room arrives as one picture and one sound, fitted to your connection. No account, no installation.</p>
        </div>
        <form class="card home-card" onSubmit={submit} noValidate>
          <label class="field">
            <span class="field-label">Your name</span>
            <input type="text" autocomplete="name" maxLength={64} value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <label class="field">
            <span class="field-label">Room</span>
            <input
              type="text"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              maxLength={64}
              placeholder="for instance: team-weekly"
              value={room}
              aria-invalid={problem !== null}
              aria-describedby={problem ? 'room-problem' : undefined}
              onInput={(event) => {
                setRoom(event.currentTarget.value);
                setProblem(null);
              }}
            />
            {problem && (
              <span class="field-problem" id="room-problem" role="alert">
                {problem}
              </span>
            )}
          </label>
          <button type="submit" class="button primary wide">
            Continue
          </button>
          <div class="divider">
            <span>or</span>
          </div>
          <button
            type="button"
            class="button wide"
            onClick={() => go(randomRoomName((count) => crypto.getRandomValues(new Uint8Array(count))))}
          >
            Create a new room
          </button>
        </form>
      </main>
    </div>
  );
}
