/** Asks when the answer is first wanted, and never again. */
export function once<T>(ask: () => T): () => T {
  let asked: { readonly answer: T } | undefined;
  return () => {
    asked ??= { answer: ask() };
    return asked.answer;
  };
}

/** Asks about each thing once: what one host needs to know, a thousand more of its fleet will ask again. */
export function onceEach<T>(ask: (about: string) => T): (about: string) => T {
  const asked = new Map<string, () => T>();
  return (about) => {
    const known = asked.get(about) ?? once(() => ask(about));
    asked.set(about, known);
    return known();
  };
}
