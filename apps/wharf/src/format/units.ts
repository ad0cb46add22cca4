export {
  bytesSize,
  durationMillis,
  formatDuration,
  humanDuration,
  humanSize,
  parseDuration,
  parseMemorySize,
} from '@wharf/oci';
