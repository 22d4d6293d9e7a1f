import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ClientState, canShareScreen, type McuClient, McuError, type ReceiveLimit } from '../sdk';
import { roomAddress } from './address';
import { CallHeader } from './call-header';
import { ChatPanel } from './chat-panel';
import { deviceConnection, rememberedLimit, rememberLimit, suggestsSaving } from './data-saving';
import { DevicesPanel } from './devices-panel';
import { HelpDialog } from './help-dialog';
import { type Toasts, useChat, useWakeLock } from './hooks';
import { LayoutPanel } from './layout-panel';
import { MoreMenu } from './more-menu';
import { PeoplePanel } from './people-panel';
import { recall, remember } from './preferences';
import { type ShortcutAction, shortcutFor, takesText } from './shortcuts';
import { Stage } from './stage';
import { StatisticsPanel } from './statistics-panel';
import { Toolbar } from './toolbar';
import { type PanelName, type ToolbarButton, toolbarButtons } from './toolbar-state';

export interface CallProps {
  readonly client: McuClient;
  readonly state: ClientState;
  readonly room: string;
  readonly toasts: Toasts;
}

/** Announcing everybody who comes and goes helps in a small meeting and disturbs in a large one. */
const announceUpTo = 12;

/** The call: header, the composite, one panel at a time, toolbar. */
export function Call({ client, state, room, toasts }: CallProps) {
  const [panel, setPanel] = useState<PanelName | null>(null);
  const [menuOpen, setMenuOpen] = useState(false);
  const [helpOpen, setHelpOpen] = useState(false);
  const [shortcutsOn, setShortcutsOn] = useState(recall('shortcuts') !== 'off');
  const [selfPreview, setSelfPreview] = useState(recall('self-preview') !== 'off');
  const [speaker, setSpeaker] = useState('');
  const [suggested, setSuggested] = useState(suggestsSaving(deviceConnection(), rememberedLimit(), state.receiveLimit));
  const { messages, unread } = useChat(client, panel === 'chat');
  const opener = useRef<HTMLElement | null>(null);
  useWakeLock(true);
  useAnnouncements(client, toasts);

  const openPanel = (name: PanelName) => {
    setMenuOpen(false);
    opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    setPanel(name === panel ? null : name);
  };
  const closePanel = () => {
    setPanel(null);
    opener.current?.focus();
  };
  const attempt = (work: Promise<unknown>) =>
    void work.catch((error: unknown) => toasts.complain(error instanceof McuError ? error : new McuError('internal', { cause: error })));
  const copyInvitation = () =>
    attempt(
      navigator.clipboard.writeText(roomAddress(location.origin, room)).then(
        () => toasts.say('Invitation link copied'),
        () => toasts.say(`Copying is blocked. The link is ${roomAddress(location.origin, room)}`),
      ),
    );
  const act = (action: ShortcutAction | ToolbarButton['id'] | 'copy') => {
    if (action !== 'more') setMenuOpen(false);
    switch (action) {
      case 'microphone':
        return attempt(client.setMicrophone(!state.microphone));
      case 'camera':
        return attempt(client.setCamera(!state.camera));
      case 'screen':
        return attempt(state.screen ? client.stopScreenShare() : client.startScreenShare());
      case 'more':
        return setMenuOpen((open) => !open);
      case 'leave':
        return client.leave();
      case 'fullscreen':
        return attempt(document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
      case 'help':
        return setHelpOpen(true);
      case 'copy':
        return copyInvitation();
      case 'close':
        return helpOpen ? setHelpOpen(false) : panel ? closePanel() : undefined;
      default:
        return openPanel(action);
    }
  };
  useShortcuts(act, shortcutsOn, state.role === 'viewer');

  const limitData = (limit: ReceiveLimit) => {
    setSuggested(false);
    setMenuOpen(false);
    rememberLimit(limit);
    attempt(client.setReceiveLimit(limit));
  };
  const buttons = toolbarButtons({ state, panel, unread, canShareScreen: canShareScreen() });
  const toggleShortcuts = (on: boolean) => {
    setShortcutsOn(on);
    remember('shortcuts', on ? 'on' : 'off');
  };
  const toggleSelfPreview = (on: boolean) => {
    setSelfPreview(on);
    remember('self-preview', on ? 'on' : 'off');
  };
  return (
    <div class={panel ? 'call with-panel' : 'call'}>
      <CallHeader room={room} state={state} onCopy={copyInvitation} onStatistics={() => openPanel('statistics')} />
      <Stage
        client={client}
        state={state}
        speaker={speaker}
        selfPreview={selfPreview}
        suggestsSaving={suggested && state.receiveLimit === 'full'}
        onReceiveLimit={limitData}
        onCopy={copyInvitation}
      />
      {panel === 'layout' && (
        <LayoutPanel
          state={state}
          selfPreview={selfPreview}
          onSelfPreview={toggleSelfPreview}
          onLayout={(layout) => attempt(client.setLayout(layout))}
          onClose={closePanel}
        />
      )}
      {panel === 'people' && <PeoplePanel client={client} state={state} attempt={attempt} onCopy={copyInvitation} onClose={closePanel} />}
      {panel === 'chat' && <ChatPanel client={client} state={state} messages={messages} toasts={toasts} onClose={closePanel} />}
      {panel === 'statistics' && <StatisticsPanel client={client} state={state} onClose={closePanel} />}
      {panel === 'devices' && (
        <DevicesPanel client={client} speaker={speaker} onSpeaker={setSpeaker} onError={toasts.complain} onClose={closePanel} />
      )}
      <footer class="call-footer">
        {menuOpen && (
          <MoreMenu receiveLimit={state.receiveLimit} onReceiveLimit={limitData} onAction={act} onClose={() => setMenuOpen(false)} />
        )}
        <Toolbar buttons={buttons} menuOpen={menuOpen} onPress={act} />
      </footer>
      {helpOpen && <HelpDialog shortcutsOn={shortcutsOn} onShortcuts={toggleShortcuts} onClose={() => setHelpOpen(false)} />}
    </div>
  );
}

function useAnnouncements(client: McuClient, { say, complain }: Toasts): void {
  useEffect(() => {
    const small = () => client.state.participants.length <= announceUpTo;
    const stop = [
      client.on('participant-joined', ({ name }) => small() && say(`${name} joined`)),
      client.on('participant-left', ({ name }) => small() && say(`${name} left`)),
      client.on('muted-by-room', (kind) => say(kind === 'audio' ? 'A host muted your microphone' : 'A host turned your camera off')),
      client.on('error', complain),
    ];
    return () => {
      for (const off of stop) off();
    };
  }, [client, say, complain]);
}

function useShortcuts(act: (action: ShortcutAction) => void, enabled: boolean, viewer: boolean): void {
  const latest = useRef(act);
  latest.current = act;
  const press = useCallback(
    (event: KeyboardEvent) => {
      const typing = takesText(document.activeElement instanceof HTMLElement ? (document.activeElement as HTMLInputElement) : null);
      const action = shortcutFor({ ...keysOf(event), typing }, enabled);
      if (!action || (viewer && (action === 'microphone' || action === 'camera' || action === 'screen'))) return;
      if (action === 'screen' && !canShareScreen()) return;
      if (action !== 'close') event.preventDefault();
      latest.current(action);
    },
    [enabled, viewer],
  );
  useEffect(() => {
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [press]);
}

function keysOf({ key, ctrlKey, metaKey, altKey, repeat }: KeyboardEvent) {
  return { key, ctrlKey, metaKey, altKey, repeat };
}
