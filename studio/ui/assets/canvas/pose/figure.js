// What a figure is: points of its body, hands and face, in pixels of the canvas. Another part is an entry of PARTS, and
// of `KEYS` in `studio/controlnet/poses.py`.

import { bodyTemplate, faceTemplate, handTemplate } from "./templates.js";

/** @typedef {{x: number, y: number}} Point */
/** @typedef {Point & {isShown: boolean}} Joint */
/** @typedef {(Joint | null)[]} Joints null: nowhere */
/** @typedef {"body" | "left_hand" | "right_hand" | "face"} PartName */
/** @typedef {Record<PartName, Joints>} Figure a part without joints is not there */
/** @typedef {{width: number, height: number, figures: Figure[]}} Scene */

/** @type {Record<PartName, {label: string, key: string, counts: number[]}>} */
export const PARTS = {
  body: { label: "Body", key: "pose_keypoints_2d", counts: [18] },
  left_hand: { label: "Left hand", key: "hand_left_keypoints_2d", counts: [21] },
  right_hand: { label: "Right hand", key: "hand_right_keypoints_2d", counts: [21] },
  face: { label: "Face", key: "face_keypoints_2d", counts: [68, 70] },
};
export const PART_NAMES = /** @type {PartName[]} */ (Object.keys(PARTS));

// prettier-ignore
export const BODY_NAMES = [
  "Nose", "Neck", "Right shoulder", "Right elbow", "Right wrist", "Left shoulder", "Left elbow", "Left wrist",
  "Right hip", "Right knee", "Right ankle", "Left hip", "Left knee", "Left ankle", "Right eye", "Left eye",
  "Right ear", "Left ear",
];
const FINGER_NAMES = ["thumb", "index finger", "middle finger", "ring finger", "little finger"];

const NOSE = 0;
const ARMS = /** @type {const} */ ({ left_hand: [6, 7], right_hand: [3, 4] });
/** What moves along with a joint of the body. @type {Record<number, PartName>} */
export const ATTACHED = { [NOSE]: "face", 4: "right_hand", 7: "left_hand" };

/** @param {PartName} part @param {number} index */
export function nameOf(part, index) {
  if (part === "body") return BODY_NAMES[index];
  if (part === "face") return `Face, point ${index + 1}`;
  const place = index === 0 ? "wrist" : `${FINGER_NAMES[Math.floor((index - 1) / 4)]}, joint ${((index - 1) % 4) + 1}`;
  return `${PARTS[part].label}, ${place}`;
}

/** A figure that stands in the middle of a canvas. @param {{width: number, height: number}} size @returns {Figure} */
export function newFigure({ width, height }) {
  const tall = Math.min(0.86 * height, 2.4 * width);
  const place = ({ x, y }) => ({ x: width / 2 + x * tall, y: height / 2 + (y - 0.5) * tall });
  return { body: bodyTemplate().map((point) => shown(place(point))), left_hand: [], right_hand: [], face: [] };
}

/** A part that the figure does not have yet, where it belongs. @param {Figure} figure @param {PartName} part */
export function newPart(figure, part) {
  if (part === "body") return figure.body;
  return (part === "face" ? newFace(figure) : newHand(figure, part)).map(shown);
}

/** @param {Figure} figure @param {"left_hand" | "right_hand"} part */
function newHand({ body }, part) {
  const [elbow, wrist] = ARMS[part].map((index) => body[index]);
  const from = wrist ?? middleOf(body);
  const forearm = elbow && wrist ? { x: wrist.x - elbow.x, y: wrist.y - elbow.y } : { x: 0, y: sizeOf(body) * 0.15 };
  const long = Math.max(24, Math.hypot(forearm.x, forearm.y) * 0.55);
  const angle = Math.atan2(forearm.y, forearm.x);
  const side = part === "left_hand" ? 1 : -1;
  return handTemplate().map(({ along, across }) => ({
    x: from.x + long * (along * Math.cos(angle) - side * across * Math.sin(angle)),
    y: from.y + long * (along * Math.sin(angle) + side * across * Math.cos(angle)),
  }));
}

/** @param {Figure} figure */
function newFace({ body }) {
  const [rightEye, leftEye, rightEar, leftEar] = body.slice(14, 18);
  const nose = body[NOSE] ?? middleOf(body);
  const wide =
    rightEar && leftEar ? distance(rightEar, leftEar) : rightEye && leftEye ? 2.2 * distance(rightEye, leftEye) : 0;
  const half = Math.max(20, wide / 2 || sizeOf(body) * 0.045);
  return faceTemplate().map(({ x, y }) => ({ x: nose.x + x * half, y: nose.y + y * half }));
}

/**
 * Where a joint of the body that is nowhere would stand.
 * @param {Figure} figure @param {number} index @returns {Joint}
 */
export function guessedJoint({ body }, index) {
  const template = bodyTemplate();
  const tall = sizeOf(body) || 200;
  const anchor = body.findIndex((joint) => joint !== null);
  const at = body[anchor] ?? { x: tall / 2, y: tall / 2 };
  const from = template[Math.max(0, anchor)];
  return shown({ x: at.x + (template[index].x - from.x) * tall, y: at.y + (template[index].y - from.y) * tall });
}

/** @param {Point} point @returns {Joint} */
export const shown = ({ x, y }) => ({ x, y, isShown: true });

/** @param {Point} one @param {Point} other */
export const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

/** @param {Joints} joints */
function sizeOf(joints) {
  const ys = joints.filter((joint) => joint !== null).map((joint) => joint.y);
  return ys.length > 1 ? Math.max(...ys) - Math.min(...ys) : 0;
}

/** @param {Joints} joints @returns {Point} */
function middleOf(joints) {
  const known = joints.filter((joint) => joint !== null);
  if (!known.length) return { x: 100, y: 100 };
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, each) => sum + each, 0) / values.length;
  return { x: mean(known.map(({ x }) => x)), y: mean(known.map(({ y }) => y)) };
}
