// The colours of `style.css`, for what is drawn on a canvas.

export const VERDICTS = ["active", "stale", "unused", "unknown"] as const;

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** A colour for a place among the age buckets: 0 is the youngest. */
export function ageColour(place: number, buckets: number): string {
  const steps = 5;
  return colour(`age-${Math.min(steps - 1, Math.round((place * (steps - 1)) / Math.max(1, buckets - 1)))}`);
}

/** Calls back when the system turns light or dark. */
export function onThemeChange(react: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", react);
}
