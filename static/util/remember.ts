/** Derived values that are computed only when something they follow from has changed. */

/**
 * Wraps a pure function so that it computes anew only if one of its inputs is another object or value
 * than the last time. It remembers one result.
 *
 * @param inputsOf Returns what the result follows from: cheap to list, and compared by identity.
 */
export function remember<S, T>(
  compute: (source: S) => T,
  inputsOf: (source: S) => readonly unknown[],
): (source: S) => T {
  let last: { readonly source: S; readonly inputs: readonly unknown[]; readonly value: T };
  return (source) => {
    if (last?.source === source) return last.value;
    const inputs = inputsOf(source);
    const isSame = inputs.length === last?.inputs.length &&
      inputs.every((input, index) => input === last.inputs[index]);
    last = { source, inputs, value: isSame ? last.value : compute(source) };
    return last.value;
  };
}
