// The JavaScript half of the shared table of formats.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as format from "../../static/js/format.js";

const file = new URL("./format-cases.json", import.meta.url);
const camel = (name) => name.replace(/_(\w)/g, (_all, letter) => letter.toUpperCase());

for (const { call, value, options, text } of JSON.parse(readFileSync(file, "utf8"))) {
  test(`${call} of ${value} ${JSON.stringify(options)}`, () => {
    // biome-ignore lint/performance/noDynamicNamespaceImportAccess: the table names it
    assert.equal(format[camel(call)](value, options), text);
  });
}
