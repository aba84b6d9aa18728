/** Asked for what the snapshot of a process that compares files has not got: the command has to be begun anew, outside of it. Nothing was printed yet. */
export class Elsewhere extends Error {}
