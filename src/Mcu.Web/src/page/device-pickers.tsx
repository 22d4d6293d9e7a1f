import type { DeviceChoice, DeviceKind, LocalMedia, McuError } from '../sdk';
import { useDevices } from './hooks';
import type { IconName } from './icons';
import { LevelMeter } from './level-meter';
import { Select } from './select';

export interface DevicePickersProps {
  readonly local: LocalMedia;
  /** Chosen loudspeaker; '' is the system's. */
  readonly speaker?: string;
  readonly onSpeaker?: (id: string) => void;
  readonly onError: (kind: DeviceKind, error: McuError | null) => void;
}

/** Selects for microphone (with its level), camera and, where the browser can, loudspeaker. */
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
      <LevelMeter track={local.microphone} />
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
    <Select
      label={label}
      icon={icon}
      value={choices.some(({ id }) => id === value) ? (value ?? '') : (choices[0]?.id ?? '')}
      disabled={choices.length === 0}
      onChoose={onChoose}
    >
      {choices.length === 0 && <option value="">{label} not available</option>}
      {choices.map(({ id, label: text }) => (
        <option key={id} value={id}>
          {text}
        </option>
      ))}
    </Select>
  );
}

function canChooseSpeaker(): boolean {
  return 'setSinkId' in HTMLMediaElement.prototype;
}
