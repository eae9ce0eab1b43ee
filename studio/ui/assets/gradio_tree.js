// Two searches in Gradio's tree of components, made quick: `quick_core.py` has Gradio's own script call them. A page of a
// thousand components asks thousands of times, and each look at a node goes through a proxy.

/** @typedef {{ id: number, children?: Node[] }} Node */
/** @typedef {{ node: Node, above?: Place, index: number }} Place */

/** Where each component was found last, for each tree. @type {WeakMap<Node, Map<number, Place>>} */
const known = new WeakMap();

/** The component `id` at or below `root`, or null. @param {Node} root @param {number} id */
export function find(root, id) {
  const place = known.get(root)?.get(id);
  if (place && isThere(place)) return place.node;
  const places = new Map();
  gather({ node: root, index: 0 }, places);
  known.set(root, places);
  return places.get(id)?.node ?? null;
}

/** Whether a component still hangs where it was found: trees change. @param {Place} place */
function isThere({ node, above, index }) {
  return !above || (above.node.children?.[index] === node && isThere(above));
}

/** The first of an id counts. @param {Place} place @param {Map<number, Place>} places */
function gather(place, places) {
  if (!places.has(place.node.id)) places.set(place.node.id, place);
  const children = place.node.children ?? [];
  for (let index = 0; index < children.length; index++) gather({ node: children[index], above: place, index }, places);
}

/**
 * The events of each component, in their order. @template {{ targets: [number, string][] }} D @param {D[]} dependencies
 * @returns {Map<number, D[]>}
 */
export function byTarget(dependencies) {
  const found = new Map();
  for (const dependency of dependencies) {
    for (const id of new Set(Array.from(dependency.targets, ([target]) => target))) {
      if (!found.has(id)) found.set(id, []);
      found.get(id).push(dependency);
    }
  }
  return found;
}
