/** `text` as one word of POSIX sh. */
export function shellWord(text: string): string {
  if (text.includes("\0")) throw new RangeError("a shell word cannot hold a NUL byte");
  return `'${text.replaceAll("'", "'\\''")}'`;
}
