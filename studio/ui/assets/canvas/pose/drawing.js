// Figures drawn as the server draws them (`studio/controlnet/poses.py`, which tells the colours), and the marks of the
// editor over them. The context is one of canvas pixels.

/** @typedef {import("./figure.js").Figure} Figure */
/** @typedef {import("./figure.js").Joints} Joints */
/** @typedef {import("./figure.js").Point} Point */
/**
 * @typedef {{limbs: [number, number][], limbColours: number[][], jointColours: number[][], fingers: [number, number][],
 *   fingerColours: number[][], handColour: number[], thickness: number, joint: number, faceJoint: number,
 *   fingerThickness: number}} Look
 */

/** @param {CanvasRenderingContext2D} context @param {Figure[]} figures @param {Look} look */
export function drawFigures(context, figures, look) {
  for (const { body, left_hand, right_hand, face } of figures) {
    drawBody(context, body, look);
    drawHand(context, left_hand, look);
    drawHand(context, right_hand, look);
    for (const joint of face) if (joint?.isShown) dot(context, spot(joint), look.faceJoint, "#fff");
  }
}

/** @param {CanvasRenderingContext2D} context @param {Joints} body @param {Look} look */
function drawBody(context, body, look) {
  look.limbs.forEach(([first, second], number) => {
    const [one, other] = [body[first], body[second]];
    if (!one?.isShown || !other?.isShown) return;
    context.fillStyle = colour(look.limbColours[number]);
    limb(context, spot(one), spot(other), look.thickness);
  });
  body.forEach((joint, number) => {
    if (joint?.isShown) dot(context, spot(joint), look.joint, colour(look.jointColours[number]));
  });
}

/** @param {CanvasRenderingContext2D} context @param {Joints} hand @param {Look} look */
function drawHand(context, hand, look) {
  context.lineWidth = look.fingerThickness;
  context.lineCap = "round";
  look.fingers.forEach(([first, second], number) => {
    const [one, other] = [hand[first], hand[second]];
    if (!one?.isShown || !other?.isShown) return;
    context.strokeStyle = colour(look.fingerColours[number]);
    context.beginPath();
    context.moveTo(spot(one).x, spot(one).y);
    context.lineTo(spot(other).x, spot(other).y);
    context.stroke();
  });
  for (const joint of hand) if (joint?.isShown) dot(context, spot(joint), look.joint, colour(look.handColour));
}

/** An ellipse from joint to joint. @param {CanvasRenderingContext2D} context @param {Point} one @param {Point} other */
/** @param {number} thickness */
function limb(context, one, other, thickness) {
  const across = other.x - one.x;
  const down = other.y - one.y;
  context.beginPath();
  const middle = { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
  context.ellipse(
    middle.x,
    middle.y,
    Math.hypot(across, down) / 2 + 0.5,
    thickness + 0.5,
    Math.atan2(down, across),
    0,
    2 * Math.PI,
  );
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {Point} at @param {number} radius @param {string} fill */
function dot(context, at, radius, fill) {
  context.fillStyle = fill;
  context.beginPath();
  context.arc(at.x, at.y, radius + 0.5, 0, 2 * Math.PI);
  context.fill();
}

/** The middle of the pixel in which a point lies. @param {Point} point @returns {Point} */
const spot = ({ x, y }) => ({ x: Math.trunc(x) + 0.5, y: Math.trunc(y) + 0.5 });

/** @param {number[]} levels */
const colour = (levels) => `rgb(${levels.join(" ")})`;

/**
 * Joints that are hidden, as rings that only the editor shows.
 * @param {CanvasRenderingContext2D} context @param {Figure} figure @param {number} pixel of the screen
 */
export function markHidden(context, figure, pixel) {
  for (const joints of Object.values(figure)) {
    for (const joint of joints) if (joint && !joint.isShown) ring(context, joint, 4 * pixel, "#9aa0a6", pixel);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Point} joint @param {number} pixel */
export function markChosen(context, joint, pixel) {
  ring(context, joint, 9 * pixel, "#000", 3.5 * pixel);
  ring(context, joint, 9 * pixel, "#fff", 1.5 * pixel);
}

/**
 * The box around what is chosen, with its handles.
 * @param {CanvasRenderingContext2D} context @param {import("./handles.js").Handles} handles @param {number} pixel
 */
export function markBox(context, { box, corners, turn }, pixel) {
  context.setLineDash([5 * pixel, 4 * pixel]);
  for (const [style, width] of /** @type {const} */ ([
    ["rgb(0 0 0 / 0.7)", 3],
    ["#fff", 1.25],
  ])) {
    context.strokeStyle = style;
    context.lineWidth = width * pixel;
    context.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    context.beginPath();
    context.moveTo((box.left + box.right) / 2, box.top);
    context.lineTo(turn.x, turn.y);
    context.stroke();
  }
  context.setLineDash([]);
  for (const corner of corners) knob(context, corner, pixel, false);
  knob(context, turn, pixel, true);
}

/** @param {CanvasRenderingContext2D} context @param {Point} at @param {number} pixel @param {boolean} isRound */
function knob(context, at, pixel, isRound) {
  const half = 5 * pixel;
  context.beginPath();
  if (isRound) context.arc(at.x, at.y, half, 0, 2 * Math.PI);
  else context.rect(at.x - half, at.y - half, 2 * half, 2 * half);
  context.fillStyle = "#fff";
  context.fill();
  context.strokeStyle = "rgb(0 0 0 / 0.75)";
  context.lineWidth = 1.5 * pixel;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Point} at @param {number} radius @param {string} style */
/** @param {number} width */
function ring(context, at, radius, style, width) {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.stroke();
}
