// Words of the page's language, from Django's catalogue; English when it is absent.

export function gettext(text) {
  return globalThis.gettext ? globalThis.gettext(text) : text;
}

// fill("%(n)s left", { n: 3 })
export function fill(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_whole, name) => String(values[name]));
}

export const language = () => document.documentElement.lang || "en";
