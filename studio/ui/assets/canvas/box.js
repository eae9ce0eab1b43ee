// Boxes in whole pixels, half open. A new operation on boxes is a function here.

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

/**
 * The box with whole edges around a box with fractions, cut to a size.
 * @param {Box} box @param {number} width @param {number} height @returns {Box}
 */
export function clipped(box, width, height) {
  return {
    left: Math.max(0, Math.floor(box.left)),
    top: Math.max(0, Math.floor(box.top)),
    right: Math.min(width, Math.ceil(box.right)),
    bottom: Math.min(height, Math.ceil(box.bottom)),
  };
}

/** @param {Box} box */
export const isEmpty = (box) => box.right <= box.left || box.bottom <= box.top;

/** @param {Box | null} one @param {Box | null} other @returns {Box | null} */
export function united(one, other) {
  if (!one || !other) return one ?? other;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

/** @param {Box} box @param {number} margin @returns {Box} */
export function grown(box, margin) {
  return { left: box.left - margin, top: box.top - margin, right: box.right + margin, bottom: box.bottom + margin };
}
