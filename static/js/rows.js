// Keeps a list of elements equal to a list of items, by key. An element whose item stays is never replaced,
// and is moved only when its place changed.
import { patch } from "./fields.js";

function blank(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}

/** Repeated keys (two errors in one millisecond) get a number, so that each item keeps an element. */
function distinct(keys) {
  const seen = new Map();
  return keys.map((key) => {
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return times ? `${key} #${times}` : key;
  });
}

/** `items` are {key, …}; `name` is the document name in the template's paths. Returns the elements in order. */
export function sync(parent, template, items, { name = "row", after = () => {} } = {}) {
  const keys = distinct(items.map((item) => String(item.key)));
  const present = new Map(Array.from(parent.children, (element) => [element.dataset.key, element]));
  let place = parent.firstElementChild;
  const elements = items.map((item, index) => {
    const element = present.get(keys[index]) ?? blank(template);
    present.delete(keys[index]);
    element.dataset.key = keys[index];
    patch(element, { [name]: item });
    after(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
    return element;
  });
  for (const gone of present.values()) gone.remove();
  return elements;
}

/** Shows `filled` when there is something, `empty` when there is nothing; either may be absent. */
export function showWhen(some, filled, empty) {
  if (filled) document.getElementById(filled).hidden = !some;
  if (empty) document.getElementById(empty).hidden = some;
}

/** The order of the server's lists: by key, without regard to case. */
export function byKey(one, other) {
  const [first, second] = [one.key.toLowerCase(), other.key.toLowerCase()];
  return first < second ? -1 : Number(first > second);
}

/** Each item's part of the largest, 0 to 100, for its bar. */
export function withShares(items) {
  const most = Math.max(0, ...items.map((item) => item.count ?? 0));
  return items.map((item) => ({ ...item, share: most ? ((item.count ?? 0) / most) * 100 : 0 }));
}
