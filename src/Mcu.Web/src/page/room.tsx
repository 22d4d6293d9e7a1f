import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type McuClient, McuError } from '../sdk';
import type { Address } from './address';
import { Call } from './call';
import { Ended } from './ended';
import { useClientState, useToasts } from './hooks';
import { recall, remember } from './preferences';
import { PreJoin } from './prejoin';
import { ToastList } from './toast-list';

export interface RoomProps {
  readonly client: McuClient;
  readonly room: string;
  readonly address: Address;
  readonly token: string | null;
}

export type DeviceProblems = Partial<Record<'microphone' | 'camera', McuError>>;

/** `/r/{room}`: getting ready, the call, and what comes after. */
export function Room({ client, room, address, token }: RoomProps) {
  const state = useClientState(client);
  const toasts = useToasts();
  const [name, setName] = useState(address.name ?? recall('name') ?? '');
  const [problems, setProblems] = useState<DeviceProblems>({});
  const [asking, setAsking] = useState(address.microphone || address.camera);
  const [joinError, setJoinError] = useState<McuError | null>(null);
  const { complain } = toasts;

  const join = useCallback(
    async (as: string) => {
      setJoinError(null);
      try {
        await client.join({ room, name: as, token: token ?? undefined });
      } catch (error) {
        setJoinError(error instanceof McuError ? error : new McuError('internal', { cause: error }));
      }
    },
    [client, room, token],
  );

  const started = useRef(false);
  useEffect(() => {
    if (started.current) return;
    started.current = true;
    void openDevices(client, address).then((found) => {
      setProblems(found);
      setAsking(false);
      if (!address.autojoin) return;
      for (const problem of distinct(found)) complain(problem);
      void join(address.name ?? recall('name') ?? 'Guest');
    });
  }, [client, address, join, complain]);

  const enter = () => {
    const trimmed = name.trim();
    remember('name', trimmed);
    void join(trimmed);
  };

  const [wasIn, setWasIn] = useState(false);
  useEffect(() => {
    if (state.phase === 'joined') setWasIn(true);
    if (state.phase !== 'ended' || !wasIn) return;
    client.local.close('microphone');
    client.local.close('camera');
  }, [client, state.phase, wasIn]);
  const inCall = state.phase === 'joined';
  const over = state.phase === 'ended' && wasIn;

  return (
    <>
      {inCall && <Call client={client} state={state} room={room} toasts={toasts} />}
      {over && <Ended ended={state.ended} room={room} onRejoin={() => location.reload()} />}
      {!inCall && !over && (
        <PreJoin
          client={client}
          state={state}
          room={room}
          name={name}
          onName={setName}
          onJoin={enter}
          joining={state.phase === 'joining' || (address.autojoin && state.phase === 'idle')}
          asking={asking}
          problems={problems}
          onProblems={setProblems}
          onRetry={() => void openDevices(client, address).then(setProblems)}
          joinError={joinError}
        />
      )}
      <ToastList toasts={toasts} />
    </>
  );
}

async function openDevices(client: McuClient, address: Address): Promise<DeviceProblems> {
  if (address.microphone && address.camera) return client.local.openBoth();
  const problems: DeviceProblems = {};
  for (const kind of ['microphone', 'camera'] as const) {
    if (!address[kind]) continue;
    await client.local.open(kind).catch((error: McuError) => {
      problems[kind] = error;
    });
  }
  return problems;
}

/** One message where microphone and camera fail for the same reason that is not about the device. */
export function distinct(problems: DeviceProblems): McuError[] {
  const { microphone, camera } = problems;
  if (microphone && camera && microphone.code === camera.code) {
    if (microphone.code === 'permission-denied') {
      return [
        new McuError('permission-denied', {
          title: 'Microphone and camera are blocked',
          advice: 'Allow both in the browser’s address bar and reload. You can also join without them and listen.',
        }),
      ];
    }
    if (microphone.code === 'no-device') {
      return [
        new McuError('no-device', {
          title: 'No microphone or camera found',
          advice: 'Connect a device and try again, or join without and listen.',
        }),
      ];
    }
    return [microphone];
  }
  return [microphone, camera].filter((problem) => problem !== undefined);
}
