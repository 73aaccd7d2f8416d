/**
 * Which mutants say nothing about whether the tests are good. Sentences for people may change their words without being wrong, and tables of
 * devices are data. Kept are the names of rules, severities, kernel arguments, files and whatever else is one word.
 */
const tables = new Set(["rows", "quirkedPorts", "remedies"]);

/** More than one word, or what joins words. */
function isSentence(text) {
  return /[A-Za-z(]\S*\s+\S|^[,.;:]? |\s$/.test(text);
}

/** A template that only puts names into a sentence; one that decides something inside stays. */
function isFilledIn({ node }) {
  return node.quasis.some(({ value }) => isSentence(value.raw)) && node.expressions.every(({ type }) => type === "Identifier" || type === "MemberExpression");
}

/** Of Stryker's instrumenter. */
export const ignorer = {
  shouldIgnore(path) {
    if (path.isVariableDeclarator() && tables.has(path.node.id.name)) return "a table of data";
    if (path.isStringLiteral() && isSentence(path.node.value)) return "a sentence for people";
    if (path.isTemplateLiteral() && isFilledIn(path)) return "a sentence for people";
    return undefined;
  },
};
