/** Packed emoji play a few times and stop, as their target wants it. Looked at here, they go on. */

const PLAYS_AT = 12; // within the chunk: its length, its type, the number of frames, then that of plays
const CHUNK = 4 + 8; // what the checksum covers: type and data

/** An address of the same picture that plays for ever. Whoever asked revokes it. */
export async function endless(url, signal) {
  const answer = await fetch(url, { signal });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const at = control(bytes);
  if (at >= 0) {
    const view = new DataView(bytes.buffer);
    view.setUint32(at + PLAYS_AT, 0);
    view.setUint32(at + 4 + CHUNK, checksum(bytes.subarray(at + 4, at + 4 + CHUNK)));
  }
  return URL.createObjectURL(new Blob([bytes], { type: "image/apng" }));
}

/** Where the chunk `acTL` begins, or -1. It comes before the first frame. */
function control(bytes) {
  const view = new DataView(bytes.buffer);
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === "acTL") return at;
    if (type === "IDAT") return -1;
  }
  return -1;
}

/** PNG's CRC-32. */
function checksum(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
