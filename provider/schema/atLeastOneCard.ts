interface NamesCards {
  readonly cards: readonly unknown[];
  readonly byIds?: readonly unknown[] | undefined;
}

/** Whoever binds or verifies has something to bind or verify: by address or by ids. */
export function namesACard({ cards, byIds = [] }: NamesCards): boolean {
  return cards.length + byIds.length > 0;
}

/** Looked at whatever else is wrong, as soon as both are lists. */
export const noCard = {
  path: ["cards"],
  error: "name at least one card",
  when: ({ value }: { readonly value: unknown }): boolean => {
    const { cards, byIds } = { ...(value as Partial<NamesCards> | null) };
    return Array.isArray(cards) && (byIds === undefined || Array.isArray(byIds));
  },
};
