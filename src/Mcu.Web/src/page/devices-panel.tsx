import { type McuClient, McuError } from '../sdk';
import { DevicePickers } from './device-pickers';
import { Panel } from './panel';

export interface DevicesPanelProps {
  readonly client: McuClient;
  readonly speaker: string;
  readonly onSpeaker: (id: string) => void;
  readonly onError: (error: McuError) => void;
  readonly onClose: () => void;
}

export function DevicesPanel({ client, speaker, onSpeaker, onError, onClose }: DevicesPanelProps) {
  return (
    <Panel title="Devices" onClose={onClose}>
      <DevicePickers
        local={client.local}
        speaker={speaker}
        onSpeaker={onSpeaker}
        onError={(_, error) => {
          if (error instanceof McuError) onError(error);
        }}
      />
      <p class="hint">Changes take effect at once.</p>
    </Panel>
  );
}
