import { useEffect, useRef } from 'preact/hooks';

const floorDb = -60;

/** Level of a microphone as a bar; silent and still without a track. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const bar = useRef<HTMLDivElement>(null);
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const show = (level: number) => {
      bar.current?.style.setProperty('transform', `scaleX(${level.toFixed(3)})`);
      if (meter.current) meter.current.value = Math.round(level * 100);
    };
    if (!track) {
      show(0);
      return;
    }
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let level = 0;
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const now = track.enabled ? toLevel(samples) : 0;
      level = Math.max(now, level * 0.85);
      show(level);
    }, 50);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  }, [track]);
  return (
    <>
      <meter class="visually-hidden" aria-label="Microphone level" min={0} max={100} value={0} ref={meter} />
      <div class="meter" aria-hidden="true">
        <div class="meter-bar" ref={bar} />
      </div>
    </>
  );
}

/** 0…1 over the upper 60 dB, from samples of -1…1. */
function toLevel(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const db = 10 * Math.log10(sum / samples.length + 1e-12);
  return Math.min(1, Math.max(0, (db - floorDb) / -floorDb));
}
