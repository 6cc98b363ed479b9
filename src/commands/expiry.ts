const dayMs = 86_400_000;

/** ISO date by which a flag should be gone → what is to be said of it today. Days are UTC's. */
export function expiry(expires: string | undefined, today: Date): string {
  if (expires === undefined) return "no expiry: say when it should be gone (expires:)";
  const days = daysLeft(expires, today);
  if (days < 0) return `expired ${expires}, ${plural(-days)} ago: remove it from the code, then from here`;
  return days > 14 ? `until ${expires}` : `expires ${expires}, ${days === 0 ? "today" : `in ${plural(days)}`}`;
}

/** Is that day over? */
export function isExpired(expires: string | undefined, today: Date): boolean {
  return expires !== undefined && daysLeft(expires, today) < 0;
}

/** 0 on the day itself. */
function daysLeft(expires: string, today: Date): number {
  return Math.floor((Date.parse(expires) - today.getTime()) / dayMs) + 1;
}

function plural(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}
