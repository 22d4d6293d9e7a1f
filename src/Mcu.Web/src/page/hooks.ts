import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ChatMessage, ClientState, DeviceList, LocalMedia, McuClient, McuError } from '../sdk';

/** The client's state, kept up to date. */
export function useClientState(client: McuClient): ClientState {
  const [state, setState] = useState(client.state);
  useEffect(() => {
    setState(client.state);
    return client.on('state', setState);
  }, [client]);
  return state;
}

/** What can be chosen; refreshed when devices come and go and when permission gives them names. */
export function useDevices(local: LocalMedia): DeviceList {
  const [devices, setDevices] = useState<DeviceList>({ microphones: [], cameras: [], speakers: [] });
  useEffect(() => {
    let current = true;
    const refresh = () =>
      void local.list().then((list) => {
        if (current) setDevices(list);
      });
    refresh();
    const stop = [local.on('devices', refresh), local.on('change', refresh)];
    return () => {
      current = false;
      for (const off of stop) off();
    };
  }, [local]);
  return devices;
}

/** The chat so far, and how much of it was not seen because the panel was closed. */
export function useChat(client: McuClient, open: boolean): { messages: readonly ChatMessage[]; unread: number } {
  const [messages, setMessages] = useState<readonly ChatMessage[]>([]);
  const [seen, setSeen] = useState(0);
  useEffect(() => client.on('chat', (message) => setMessages((old) => [...old.slice(-499), message])), [client]);
  useEffect(() => {
    if (open) setSeen(messages.length);
  }, [open, messages.length]);
  return { messages, unread: open ? 0 : Math.max(0, messages.length - seen) };
}

export interface Toast {
  readonly id: number;
  readonly tone: 'info' | 'error';
  readonly text: string;
}

export interface Toasts {
  readonly list: readonly Toast[];
  readonly say: (text: string) => void;
  readonly complain: (error: McuError) => void;
  readonly dismiss: (id: number) => void;
}

/** Short messages that go away by themselves: 5 s, errors 12 s. */
export function useToasts(): Toasts {
  const [list, setList] = useState<readonly Toast[]>([]);
  const next = useRef(1);
  const dismiss = useCallback((id: number) => setList((old) => old.filter((toast) => toast.id !== id)), []);
  const show = useCallback(
    (tone: Toast['tone'], text: string) => {
      const id = next.current++;
      setList((old) => [...old.filter((toast) => toast.text !== text).slice(-2), { id, tone, text }]);
      setTimeout(() => dismiss(id), tone === 'error' ? 12_000 : 5_000);
    },
    [dismiss],
  );
  const say = useCallback((text: string) => show('info', text), [show]);
  const complain = useCallback((error: McuError) => show('error', `${error.title}. ${error.advice}`), [show]);
  return { list, say, complain, dismiss };
}

/** Keeps the screen on during a call, where the browser can. */
export function useWakeLock(active: boolean): void {
  useEffect(() => {
    if (!active || !('wakeLock' in navigator)) return;
    let lock: WakeLockSentinel | null = null;
    let current = true;
    const acquire = () => {
      if (document.visibilityState !== 'visible') return;
      navigator.wakeLock.request('screen').then(
        (granted) => {
          if (current) lock = granted;
          else void granted.release();
        },
        // Refused on low battery: the call goes on without it.
        () => undefined,
      );
    };
    acquire();
    document.addEventListener('visibilitychange', acquire);
    return () => {
      current = false;
      document.removeEventListener('visibilitychange', acquire);
      void lock?.release();
    };
  }, [active]);
}
