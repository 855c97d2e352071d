// What scripts say, in the language of the page. The server gives the texts of a language other than English.
const texts = JSON.parse(document.querySelector('meta[name="texts"]')?.content ?? "{}");

/** `text` is English and the key; %(name)s in it becomes values.name. */
export const t = (text, values) => filled(texts[text] ?? text, values);

/** Where a number decides: `one` is the key, %(num)s the number. */
export function tn(one, many, num, values) {
  const [first, other] = texts[one] ?? [one, many];
  return filled(num === 1 ? first : other, { ...values, num });
}

function filled(text, values = {}) {
  return text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
