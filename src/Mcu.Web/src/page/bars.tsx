import type { QualityLevel } from '../sdk';

const litBars: Record<QualityLevel, number> = { good: 3, fair: 2, poor: 1, lost: 0 };

/** Three bars that say how good a connection is; null: not known yet. What they say is also said in words beside them. */
export function Bars({ level }: { level: QualityLevel | null }) {
  const lit = level ? litBars[level] : 0;
  return (
    <svg class="bars" width="18" height="16" viewBox="0 0 18 16" aria-hidden="true" focusable="false">
      {[0, 1, 2].map((bar) => (
        <rect key={bar} x={bar * 6.5} y={10 - bar * 4.5} width="4.500" height={6 + bar * 4.5} rx="1.500" class={bar < lit ? 'lit' : ''} />
      ))}
    </svg>
  );
}
