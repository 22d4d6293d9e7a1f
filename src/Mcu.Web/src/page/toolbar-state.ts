import type { ClientState, Participant } from '../sdk';
import type { IconName } from './icons';

export type PanelName = 'layout' | 'people' | 'chat' | 'statistics' | 'devices';

/** One toolbar button, ready to draw. */
export interface ToolbarButton {
  readonly id: 'microphone' | 'camera' | 'screen' | PanelName | 'more' | 'leave';
  readonly icon: IconName;
  /** Short text under the icon. */
  readonly label: string;
  /** What a press does: tooltip and accessible name. */
  readonly action: string;
  readonly shortcut: string | null;
  /** Drawn as a state that deserves attention (muted). */
  readonly off: boolean;
  /** For toggles: pressed or open. */
  readonly active: boolean;
  readonly disabled: boolean;
  readonly badge: number;
}

export interface ToolbarInput {
  readonly state: Pick<ClientState, 'microphone' | 'camera' | 'screen' | 'signalling' | 'role' | 'participants'>;
  readonly panel: PanelName | null;
  readonly unread: number;
  readonly canShareScreen: boolean;
}

/** Which buttons there are, and how each looks. */
export function toolbarButtons({ state, panel, unread, canShareScreen }: ToolbarInput): readonly ToolbarButton[] {
  const plain = { off: false, active: false, disabled: false, badge: 0 };
  const buttons: ToolbarButton[] = [];
  if (state.role !== 'viewer') {
    buttons.push(
      { ...plain, id: 'microphone', ...microphoneFace(state.microphone), shortcut: 'M', off: !state.microphone, active: state.microphone },
      { ...plain, id: 'camera', ...cameraFace(state.camera), shortcut: 'V', off: !state.camera, active: state.camera },
    );
    if (canShareScreen) buttons.push({ ...plain, id: 'screen', ...screenFace(state.screen), shortcut: 'S', active: state.screen });
  }
  const disabled = state.signalling !== 'connected';
  const people = state.participants.length;
  buttons.push(
    {
      ...plain,
      id: 'layout',
      icon: 'layout',
      label: 'Layout',
      action: 'Choose the layout',
      shortcut: 'L',
      active: panel === 'layout',
      disabled,
    },
    {
      ...plain,
      id: 'people',
      icon: 'people',
      label: 'People',
      action: people === 1 ? 'Show people (only you)' : `Show people (${people} in the room)`,
      shortcut: 'P',
      active: panel === 'people',
    },
    {
      ...plain,
      id: 'chat',
      icon: 'chat',
      label: 'Chat',
      action: unread === 0 ? 'Open the chat' : `Open the chat (${unread} unread)`,
      shortcut: 'C',
      active: panel === 'chat',
      badge: unread,
    },
    { ...plain, id: 'more', icon: 'more', label: 'More', action: 'More actions', shortcut: null },
    { ...plain, id: 'leave', icon: 'leave', label: 'Leave', action: 'Leave the room', shortcut: null },
  );
  return buttons;
}

const microphoneFace = (on: boolean) =>
  on
    ? ({ icon: 'microphone', label: 'Mute', action: 'Mute the microphone' } as const)
    : ({ icon: 'microphoneOff', label: 'Unmute', action: 'Unmute the microphone' } as const);

const cameraFace = (on: boolean) =>
  on
    ? ({ icon: 'camera', label: 'Camera', action: 'Turn the camera off' } as const)
    : ({ icon: 'cameraOff', label: 'Camera', action: 'Turn the camera on' } as const);

const screenFace = (on: boolean) =>
  on
    ? ({ icon: 'screen', label: 'Stop', action: 'Stop sharing your screen' } as const)
    : ({ icon: 'screen', label: 'Share', action: 'Share your screen' } as const);

/** What a participant is doing, in words for the list. */
export function describeParticipant(participant: Participant, self: string | null): string {
  const parts: string[] = [];
  if (participant.id === self) parts.push('You');
  if (participant.role === 'host') parts.push('Host');
  if (participant.role === 'viewer') parts.push('Viewer');
  if (participant.receiveLimit === 'audio-only') parts.push('Hears only');
  if (participant.screen) parts.push('Sharing the screen');
  if (participant.audio.mutedBy === 'room') parts.push('Muted by a host');
  return parts.join(' · ');
}
