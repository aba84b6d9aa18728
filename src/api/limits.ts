/** What one caller may ask of the doors. All of it is checked before anything is done. */
export interface ApiLimits {
  /** Body of a request. */
  bodyBytes: number;
  /** Body at `/graphql/bulk`: uploads and batch look-ups only. */
  bulkBodyBytes: number;
  /** Tokens of a GraphQL document. */
  tokens: number;
  /** Fields inside fields; the standard introspection query is exempt. */
  depth: number;
  /** Aliases, counted again wherever a fragment is spread. */
  aliases: number;
  directives: number;
  /** Objects, each counted as often as the page sizes around it say. */
  cost: number;
  pageSize: number;
  bulkLookups: number;
  uploadFiles: number;
  /** Reports over a whole inventory that are made at once, and that may wait for it. */
  reports: number;
  reportsWaiting: number;
  /** Comparisons of two builds that are kept for who asks again. */
  comparisonsKept: number;
  requestMs: number;
  headerMs: number;
  /** Of a body that is taken piece by piece; an upload that is cut goes on from its offset. */
  bodyMs: number;
  /** A connection that takes no byte for so long is closed. */
  stalledMs: number;
  sockets: number;
  socketFrameBytes: number;
  socketInitMs: number;
  subscriptionsPerSocket: number;
  /** How often a followed build is looked at. */
  followMs: number;
}

export const DEFAULT_LIMITS: ApiLimits = {
  bodyBytes: 64 * 1024,
  bulkBodyBytes: 16 * 1024 * 1024,
  tokens: 2000,
  depth: 12,
  aliases: 30,
  directives: 50,
  cost: 50_000,
  pageSize: 200,
  bulkLookups: 1000,
  uploadFiles: 500,
  reports: 2,
  reportsWaiting: 16,
  comparisonsKept: 4,
  requestMs: 10_000,
  headerMs: 10_000,
  bodyMs: 3_600_000,
  stalledMs: 30_000,
  sockets: 200,
  socketFrameBytes: 64 * 1024,
  socketInitMs: 3000,
  subscriptionsPerSocket: 20,
  followMs: 250,
};
