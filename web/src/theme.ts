// The colours of `style.css`, for what is drawn on a canvas.

export const VERDICTS = ["unused", "stale", "unknown", "active"] as const;

/** What a verdict says, in a word for people. */
export const SAID: Record<string, string> = { active: "used", stale: "stale", unused: "unused", unknown: "unknown" };

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

const STEPS = 5;

/** The step of the ramp for a place among the age buckets: 0 is the youngest, and the lightest. */
export function ageStep(place: number, buckets: number): number {
  return Math.min(STEPS - 1, Math.round((place * (STEPS - 1)) / Math.max(1, buckets - 1)));
}

/** Calls back when the system turns light or dark. */
export function onThemeChange(react: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", react);
}
