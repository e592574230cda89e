/** What a job will cost in time, from how long each stage took of late. */

/**
 * Seconds until the start frames are there (`first`) and from then to the end (`rest`), for a machine that does one
 * after the other; and how many runs `waiting` go before. Null while a stage has no figure yet.
 */
export function cost(pace, { actions, takes, targets }) {
  const seconds = Object.fromEntries((pace?.stages ?? []).map((each) => [each.stage, each.seconds]));
  const of = (stage) => seconds[stage] ?? NaN;
  const first = actions.length * of("startframe") * takes;
  const rest = actions.length * (of("motion") + of("matte") + of("pack") * targets.length);
  return Number.isNaN(first + rest) ? null : { first, rest, waiting: pace.waiting };
}
