import type { Sha256 } from '../foundation/digest.ts';
import type { ActionResult, CommittedAction, LocalStore } from './store.ts';

/**
 * The store as a verification sees it: blobs and trees are the store's, but no known result of an action is taken and
 * none of its own takes part in standing ones. What its steps give flows on into the steps behind them even where it
 * differs from the standing result; otherwise a step that is not reproducible would be hidden by the original's output.
 * A result for an action that the store does not know is committed there as any other.
 */
export function isolatedActions(store: LocalStore): LocalStore {
  const own = new Map<Sha256, ActionResult>();
  return {
    putBlob: (source, expected) => store.putBlob(source, expected),
    hasBlob: (digest) => store.hasBlob(digest),
    readBlob: (digest, range) => store.readBlob(digest, range),
    readBlobBytes: (digest) => store.readBlobBytes(digest),
    statBlob: (digest) => store.statBlob(digest),
    putTree: (tree) => store.putTree(tree),
    getTree: (digest) => store.getTree(digest),
    readNode: (digest) => store.readNode(digest),
    blobFile: (digest) => store.blobFile(digest),
    checkout: (digest, epochSeconds) => store.checkout(digest, epochSeconds),
    getAction: async (key) => own.get(key),
    putAction: async (key, result) => {
      const { equal } = await store.putAction(key, result);
      const standing = own.get(key) ?? result;
      own.set(key, standing);
      return { standing, equal } satisfies CommittedAction;
    },
  };
}
