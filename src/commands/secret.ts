/** What stands under these is ship's own word, or a name that is shown everywhere and can be no secret; programs read it. */
const names: ReadonlySet<string> = new Set(
  "type time rollout component host hosts cohort stage name action phase direction outcome reason verdict cause".split(
    " ",
  ),
);

/**
 * A value as JSON holds it, with every secret struck out of its texts. Texts only: a secret that is `true` or `8080` must
 * not break what is no text, nor one that is `host` what is a key.
 */
export function struckOut<Value>(value: Value, secrets: readonly string[]): Value {
  if (secrets.length === 0) return value;
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (typeof inner !== "string" || names.has(key)) return inner;
    return secrets.reduce((shown, secret) => shown.replaceAll(secret, "***"), inner);
  });
  const clean: Value = JSON.parse(text);
  return clean;
}
