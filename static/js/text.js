// What scripts say, in the language of the page. The server gives the texts of a language other than English.
const texts = JSON.parse(document.querySelector('meta[name="texts"]')?.content ?? "{}");

/** `text` is English and the key; %(name)s in it becomes values.name. */
export function t(text, values = {}) {
  return (texts[text] ?? text).replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
