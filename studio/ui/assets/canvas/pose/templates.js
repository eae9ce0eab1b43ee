// A standing body, an open hand and a calm face, to begin with. Their proportions are drawn by eye.

/** @typedef {{x: number, y: number}} Point */

// prettier-ignore
const BODY = [
  [0, 0.1], [0, 0.19], [-0.095, 0.19], [-0.13, 0.35], [-0.14, 0.49], [0.095, 0.19], [0.13, 0.35], [0.14, 0.49],
  [-0.06, 0.5], [-0.065, 0.74], [-0.07, 0.97], [0.06, 0.5], [0.065, 0.74], [0.07, 0.97],
  [-0.022, 0.08], [0.022, 0.08], [-0.047, 0.092], [0.047, 0.092],
];

/** 18 joints: x from the middle line, y from the top, both in heights of the figure. @returns {Point[]} */
export const bodyTemplate = () => BODY.map(([x, y]) => ({ x, y }));

const FINGERS = [
  { from: [0.12, 0.14], to: [0.56, 0.5] },
  { from: [0.5, 0.16], to: [0.95, 0.26] },
  { from: [0.52, 0.04], to: [1, 0.06] },
  { from: [0.49, -0.08], to: [0.94, -0.13] },
  { from: [0.44, -0.18], to: [0.8, -0.3] },
];

/** 21 joints, wrist first: along the hand and across it towards the thumb, in lengths of the hand. */
export function handTemplate() {
  const joints = [{ along: 0, across: 0 }];
  for (const { from, to } of FINGERS) {
    for (let joint = 0; joint < 4; joint++) {
      const share = [0, 0.42, 0.72, 1][joint];
      joints.push({ along: from[0] + (to[0] - from[0]) * share, across: from[1] + (to[1] - from[1]) * share });
    }
  }
  return joints;
}

/**
 * 70 points in the order of the field: jaw 17, brows 5 each, nose 4 and 5, eyes 6 each, lips 12 and 8, pupils. From the
 * tip of the nose, in half widths of the face.
 * @returns {Point[]}
 */
export function faceTemplate() {
  return [
    ...line(17, (share) => ({ x: -Math.cos(Math.PI * share), y: -0.3 + 1.4 * Math.sin(Math.PI * share) })),
    ...line(5, (share) => ({ x: -0.82 + 0.6 * share, y: -0.72 - 0.12 * Math.sin(Math.PI * share) })),
    ...line(5, (share) => ({ x: 0.22 + 0.6 * share, y: -0.72 - 0.12 * Math.sin(Math.PI * share) })),
    ...line(4, (share) => ({ x: 0, y: -0.5 + 0.5 * share })),
    ...line(5, (share) => ({ x: -0.2 + 0.4 * share, y: 0.12 + 0.06 * Math.sin(Math.PI * share) })),
    ...ring(6, -0.48, -0.45, 0.17, 0.09),
    ...ring(6, 0.48, -0.45, 0.17, 0.09),
    ...ring(12, 0, 0.52, 0.4, 0.17),
    ...ring(8, 0, 0.52, 0.28, 0.06),
    { x: -0.48, y: -0.45 },
    { x: 0.48, y: -0.45 },
  ];
}

/** @param {number} count @param {(share: number) => Point} at */
const line = (count, at) => Array.from({ length: count }, (_, i) => at(i / (count - 1)));

/** Around an ellipse, from the left over the top. */
/** @param {number} count @param {number} x @param {number} y @param {number} across @param {number} down */
function ring(count, x, y, across, down) {
  return Array.from({ length: count }, (_, i) => {
    const angle = Math.PI + (2 * Math.PI * i) / count;
    return { x: x + across * Math.cos(angle), y: y + down * Math.sin(angle) };
  });
}
