import type { DeviceChoice, DeviceKind, LocalMedia, McuError } from '../sdk';
import { useDevices } from './hooks';
import { Icon, type IconName } from './icons';

export interface DevicePickersProps {
  readonly local: LocalMedia;
  /** Chosen loudspeaker; '' is the system's. */
  readonly speaker?: string;
  readonly onSpeaker?: (id: string) => void;
  readonly onError: (kind: DeviceKind, error: McuError | null) => void;
}

/** Selects for microphone, camera and, where the browser can, loudspeaker. */
export function DevicePickers({ local, speaker, onSpeaker, onError }: DevicePickersProps) {
  const devices = useDevices(local);
  const choose = (kind: DeviceKind) => (id: string) =>
    void local.choose(kind, id).then(
      () => onError(kind, null),
      (error: McuError) => onError(kind, error),
    );
  return (
    <div class="pickers">
      <Picker
        icon="microphone"
        label="Microphone"
        choices={devices.microphones}
        value={local.deviceId('microphone')}
        onChoose={choose('microphone')}
      />
      <Picker icon="camera" label="Camera" choices={devices.cameras} value={local.deviceId('camera')} onChoose={choose('camera')} />
      {onSpeaker && canChooseSpeaker() && devices.speakers.length > 0 && (
        <Picker icon="speaker" label="Loudspeaker" choices={devices.speakers} value={speaker ?? ''} onChoose={onSpeaker} />
      )}
    </div>
  );
}

interface PickerProps {
  readonly icon: IconName;
  readonly label: string;
  readonly choices: readonly DeviceChoice[];
  readonly value: string | null;
  readonly onChoose: (id: string) => void;
}

function Picker({ icon, label, choices, value, onChoose }: PickerProps) {
  return (
    <label class="picker">
      <span class="picker-icon">
        <Icon name={icon} size={18} />
      </span>
      <span class="visually-hidden">{label}</span>
      <select
        value={choices.some(({ id }) => id === value) ? (value ?? '') : (choices[0]?.id ?? '')}
        disabled={choices.length === 0}
        onChange={(event) => onChoose(event.currentTarget.value)}
      >
        {choices.length === 0 && <option value="">No {label.toLowerCase()} found</option>}
        {choices.map(({ id, label: text }) => (
          <option key={id} value={id}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}
