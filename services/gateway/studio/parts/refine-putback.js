/**
 * Which pixels of a rescued frame each effect accounts for: its own, and what was put back around them. The server takes an
 * effect away by the same rule.
 */

/** As far as the rescue spreads an effect beyond its own pixels. */
export const REACH = 12;
const NEAR = [[-1, 0, 1], [0, -1, 1], [-1, -1, 1.4], [1, -1, 1.4], [-1, -2, 2.1969], [1, -2, 2.1969], [-2, -1, 2.1969], [2, -1, 2.1969]];

/**
 * The number of the effect that put each pixel back, 0 for none. `numbers`: each effect's own pixels; `pristine` and
 * `rescued`: the frame's pixels before and after the rescue.
 */
export function owners(numbers, pristine, rescued, width, height) {
  const own = numbers.map((number) => (number ? 1 : 0));
  const outside = flood(own.map((each) => 1 - each), edges(width, height), width, height, false);
  const around = grown(own, width, height);
  const joined = own.slice();
  const seeds = [];
  for (let at = 0; at < own.length; at += 1) {
    if (own[at]) seeds.push(at);
    else if (rescued[4 * at + 3] > pristine[4 * at + 3] && (around[at] || !outside[at])) joined[at] = 1;
  }
  const reached = flood(joined, seeds, width, height, true);
  const nearest = spread(numbers, width, height);
  return reached.map((each, at) => (each ? nearest[at] : 0));
}

/** The parts of a mask that hold a seed; with `corners`, pixels touch there too. */
function flood(mask, seeds, width, height, corners) {
  const found = new Uint8Array(mask.length);
  const ahead = seeds.filter((at) => mask[at]);
  for (const at of ahead) found[at] = 1;
  while (ahead.length) {
    const at = ahead.pop();
    const [x, y] = [at % width, Math.floor(at / width)];
    for (let dy = -1; dy <= 1; dy += 1) {
      for (let dx = -1; dx <= 1; dx += 1) {
        if ((dx && dy && !corners) || x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) continue;
        const next = at + dy * width + dx;
        if (!mask[next] || found[next]) continue;
        found[next] = 1;
        ahead.push(next);
      }
    }
  }
  return found;
}

function edges(width, height) {
  const found = [];
  for (let x = 0; x < width; x += 1) found.push(x, (height - 1) * width + x);
  for (let y = 0; y < height; y += 1) found.push(y * width, y * width + width - 1);
  return found;
}

/** A mask and all within reach of it, diagonals counting as one. */
function grown(mask, width, height) {
  const wide = new Uint8Array(mask.length);
  const high = new Uint8Array(mask.length);
  for (let y = 0; y < height; y += 1) sweep(mask, wide, y * width, 1, width);
  for (let x = 0; x < width; x += 1) sweep(wide, high, x, width, height);
  return high;
}

function sweep(from, to, start, step, count) {
  let last = -Infinity;
  for (let i = 0; i < count + REACH; i += 1) {
    if (i < count && from[start + i * step]) last = i;
    const at = i - REACH;
    if (at >= 0 && last >= at - REACH) to[start + at * step] = 1;
  }
}

/** The number of the nearest pixel that has one, by steps to neighbours. */
function spread(numbers, width, height) {
  const nearest = numbers.slice();
  const away = Float32Array.from(numbers, (number) => (number ? 0 : Infinity));
  const visit = (x, y, sign) => {
    const at = y * width + x;
    for (const [dx, dy, cost] of NEAR) {
      const [nx, ny] = [x + sign * dx, y + sign * dy];
      if (nx < 0 || nx >= width || ny < 0 || ny >= height) continue;
      const from = ny * width + nx;
      if (away[from] + cost >= away[at]) continue;
      away[at] = away[from] + cost;
      nearest[at] = nearest[from];
    }
  };
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) visit(x, y, 1);
  for (let y = height - 1; y >= 0; y -= 1) for (let x = width - 1; x >= 0; x -= 1) visit(x, y, -1);
  return nearest;
}
