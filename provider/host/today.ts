/** "2026-11-21": the day in UTC by this machine's clock. What a host says of the date decides nothing. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
