/**
 * Leaves a page (JSON, 8 KB at most) that says what happened; `over` ends the rollout, else it waits for the next run. Then
 * forgets all but the newest `keep` releases and those in use; left out: none.
 */
export type PageOrder = {
  readonly type: "close";
  readonly rollout: string;
  readonly page: string;
  readonly over: boolean;
  readonly keep?: number;
};
