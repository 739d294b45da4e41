/** Who repairs, as it stands on the operations that repairing takes. */
export const reconcilerActor = 'reconciler';
