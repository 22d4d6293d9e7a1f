/** What is remembered on this device between visits. Storage may be blocked; then nothing is remembered. */
const prefix = 'mcu.';

export function remember(name: string, value: string): void {
  withStorage(() => localStorage.setItem(prefix + name, value));
}

export function recall(name: string): string | null {
  return withStorage(() => localStorage.getItem(prefix + name));
}

/** Keeps a join token for reloads of this tab only. */
export function keepToken(room: string, token: string): void {
  withStorage(() => sessionStorage.setItem(`${prefix}token.${room}`, token));
}

export function keptToken(room: string): string | null {
  return withStorage(() => sessionStorage.getItem(`${prefix}token.${room}`));
}

function withStorage<Result>(action: () => Result): Result | null {
  try {
    return action();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
