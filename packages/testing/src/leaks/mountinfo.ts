/** A field of /proc/PID/mountinfo with its octal escapes (space, tab, newline, backslash) undone; proc(5). */
export function decodeMountField(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}
