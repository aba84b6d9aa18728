/** What the semantic rules look at, whatever the format. Every place is a JSON pointer. */
export interface LintView {
  ids: readonly Placed[];
  references: readonly Placed[];
  expressions: readonly Placed[];
  purls: readonly Placed[];
  cpes: readonly Placed[];
  hashes: readonly (Placed & { algorithm: string })[];
  /** Undefined where there should be one. */
  timestamps: readonly { text: string | undefined; at: string }[];
  /** Components and packages: what the document is of. */
  components: readonly ViewedComponent[];
  files: readonly { name: string; at: string; owned: boolean; hashed: boolean; bytes: boolean }[];
  /** FROM, TO: what contains what. */
  containments: readonly { from: string; to: string; at: string }[];
  /** What the document is about; none where it does not say. */
  subjects: readonly string[];
  /** Who made it; undefined where it does not say. */
  author: string | undefined;
  /** Found by the reader of the format itself. */
  faults: readonly { rule: string; at: string; message: string }[];
}

export interface Placed { text: string; at: string }
export interface ViewedComponent { name: string; version: string | undefined; id: string | undefined; at: string; licensed: boolean; ships: boolean }
