// Red alerts are sounded and shown as desktop notices, for those who asked for it. The holder of the
// streams tells one tab only, so it happens once however many are open.
import type { OpenAlert } from "../live/alert_book.ts";
import { onAnnounce } from "../live/live.ts";
import { settings } from "../shared/settings.ts";
import { addresses } from "./addresses.ts";

const TONES_HZ = [880, 660];
const TONE_S = 0.16;

function sound(): void {
  const audio = new AudioContext();
  TONES_HZ.forEach((hz, index) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const begin = audio.currentTime + index * TONE_S;
    tone.frequency.value = hz;
    volume.gain.setValueAtTime(0.12, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + TONE_S);
    tone.connect(volume).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + TONE_S);
  });
  setTimeout(() => void audio.close(), 1_000);
}

function show({ alert, version }: OpenAlert, go: (to: string) => void): void {
  const chinese = settings.get().language === "zh";
  const notice = new Notification(`◆ ${alert.subjectDisplayName}`, {
    body: (chinese && alert.textZh) || alert.text,
    tag: `${alert.name}@${version}`,
  });
  notice.onclick = () => {
    window.focus();
    go(addresses.alert(alert.name));
  };
}

export function announceRedAlerts(go: (to: string) => void): void {
  onAnnounce((opened) => {
    const wanted = settings.get();
    document.dispatchEvent(new CustomEvent("bellwether-announce", { detail: opened.alert.name }));
    if (wanted.sound) sound();
    if (wanted.notices && globalThis.Notification?.permission === "granted") show(opened, go);
  });
}
