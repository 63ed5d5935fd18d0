// Whether servers reply with the same data: value by value, because they may spell a number differently, like 5.0 and 5.

// Binaries that kept reviews as JSON read its numbers with an error in the last digit.
const TOLERANCE = 2 * Number.EPSILON;

// The path of the first value that differs and both values, or null.
export function firstDifference(a, b, path = 'data') {
  if (a === b || isClose(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return `${path}: ${a} and ${b}`;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(a[key], b[key], `${path}.${key}`);
    if (found) return found;
  }
  return null;
}

function isClose(a, b) {
  return typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= TOLERANCE * Math.abs(a);
}
